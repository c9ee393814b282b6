// @ts-check
// How a web page on another origin uses Signet. Each button is one request; each answer is shown.

/** Where Signet is: the `?api=` of this page's address, or where it listens by default. */
const api = new URLSearchParams(location.search).get('api') ?? 'http://localhost:8000';

/**
 * The tokens live here and nowhere else: not in localStorage, where any script that ever runs on
 * this origin could read them. Closing the page forgets them.
 * @type {{ access?: string, refresh?: string }}
 */
let tokens = {};

/** Logging in trades a name and a password for two tokens. */
async function logIn() {
  const form = new FormData(element('login', HTMLFormElement));
  const answer = await call('Log in', 'POST', '/auth/token/', {
    username: form.get('username'),
    password: form.get('password'),
  });
  if (answer?.ok) tokens = answer.body;
}

/** The access token opens protected endpoints, for the few seconds that it lives. */
async function whoAmI() {
  await call('Who am I?', 'GET', '/auth/me/');
}

/** The refresh token, which lives longer, makes a new access token. */
async function refresh() {
  const answer = await call('Refresh', 'POST', '/auth/token/refresh/', { refresh: tokens.refresh });
  // A server that rotates refresh tokens sends a new one as well.
  if (answer?.ok) tokens = { ...tokens, ...answer.body };
}

/** Anybody can ask whether a token is good. */
async function verify() {
  await call('Verify', 'POST', '/auth/token/verify/', { token: tokens.access });
}

/** Logging out: the server refuses the refresh token from now on, and this page forgets both. */
async function logOut() {
  const answer = await call('Log out', 'POST', '/auth/token/blacklist/', {
    refresh: tokens.refresh,
  });
  // Only the access token is forgotten, so that "Refresh" can show that the server refuses.
  if (answer?.ok) tokens = { refresh: tokens.refresh };
}

/**
 * One request, and its answer shown. No cookies: the tokens are all that this page has.
 * @param {string} what the button's name
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<{ ok: boolean, body: any } | undefined>} undefined when the browser refused
 */
async function call(what, method, path, body) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (body) headers['Content-Type'] = 'application/json';
  if (tokens.access) headers['Authorization'] = `Bearer ${tokens.access}`;
  try {
    const response = await fetch(api + path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      credentials: 'omit',
    });
    const answer = await response.json();
    show(what, response.ok ? 'good' : 'bad', `${response.status} ${JSON.stringify(answer)}`);
    return { ok: response.ok, body: answer };
  } catch {
    // The browser does not tell a page why: a server that is away looks like one that refuses.
    show(
      what,
      'unreachable',
      `No answer. Either no server listens at ${api}, or its CORS list does not name ` +
        `${location.origin}, and the browser refused. Its console knows which.`,
    );
    return undefined;
  }
}

/**
 * Adds a line to the list of answers.
 * @param {string} what
 * @param {'good' | 'bad' | 'unreachable'} outcome
 * @param {string} text
 */
function show(what, outcome, text) {
  const line = document.createElement('li');
  line.dataset.outcome = outcome;
  const name = document.createElement('strong');
  name.textContent = what;
  const answer = document.createElement('code');
  answer.textContent = text;
  line.append(name, ' ', answer);
  element('answers', HTMLOListElement).append(line);
}

/**
 * The element of that id.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
function element(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

element('own-origin', HTMLElement).textContent = location.origin;
element('api', HTMLElement).textContent = api;
element('login', HTMLFormElement).addEventListener('submit', (event) => {
  // Otherwise the browser would load the page anew, with the password in its address.
  event.preventDefault();
  void logIn();
});
element('me', HTMLButtonElement).addEventListener('click', whoAmI);
element('refresh', HTMLButtonElement).addEventListener('click', refresh);
element('verify', HTMLButtonElement).addEventListener('click', verify);
element('logout', HTMLButtonElement).addEventListener('click', logOut);
