// Pages that a translator, an extension or a proxy has changed before WebAssembly starts, while it
// starts, or afterwards: the session goes live, is renewed and ends like any other.

import type { Page } from '@playwright/test';
import { fillIn, form, open, SessionPage, SessionsPage, untilLive } from '../support/pages';
import { type Account, expect, test } from '../support/test';

// Sessions that are renewed each second, for as long as a test may take.
test.use({
  settings: { SIGNET_ACCESS_TOKEN_LIFETIME: '3s', SIGNET_REFRESH_TOKEN_LIFETIME: '60s' },
});

/** Changes to a page, each as an extension's script makes it once the document has been read. */
const CHANGES: Record<string, () => void> = {
  'each text wrapped by a translator': () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts) {
      if (text.parentElement!.localName === 'script' || !text.data.trim()) continue;
      const outer = document.createElement('font');
      const inner = document.createElement('font');
      inner.textContent = text.data;
      outer.append(inner);
      text.replaceWith(outer);
    }
  },
  'a block after each input': () => {
    for (const input of document.querySelectorAll('input, textarea, button')) {
      const block = document.createElement('div');
      block.textContent = 'fill in';
      input.after(block);
    }
  },
  'a block before each input': () => {
    for (const input of document.querySelectorAll('input, textarea, button')) {
      input.before(document.createElement('div'));
    }
  },
  'each input in a wrapper': () => {
    for (const input of document.querySelectorAll('input, textarea')) {
      const wrapper = document.createElement('span');
      input.replaceWith(wrapper);
      wrapper.append(input);
    }
  },
  'a banner first in the body': () => {
    const banner = document.createElement('div');
    banner.id = 'banner';
    document.body.prepend(banner);
  },
  'a text first in the body': () => document.body.prepend('text'),
  'a template in the body and attributes everywhere': () => {
    document.querySelector('main')!.before(document.createElement('template'));
    for (const element of document.querySelectorAll('*')) element.setAttribute('data-dark', '');
  },
  'a wrapper around the whole page': () => {
    const wrapper = document.createElement('div');
    wrapper.append(...document.body.childNodes);
    document.body.append(wrapper);
  },
  'a heading that was removed': () => document.querySelector('h1')!.remove(),
  'lists that were removed': () => {
    for (const list of document.querySelectorAll('ul, ol, dl')) list.remove();
  },
  'texts split in two': () => {
    for (const paragraph of document.querySelectorAll('p, h1, a')) {
      const text = paragraph.firstChild;
      if (text instanceof Text && text.length > 1) text.splitText(1);
    }
  },
  'blocks among and in the drawings': () => {
    for (const svg of document.querySelectorAll('svg')) {
      svg.before(document.createElement('div'));
      svg.prepend(document.createElement('div'));
    }
  },
};

/** The same done to the HTML on its way, by a proxy. */
const REWRITES: Record<string, (html: string) => string> = {
  'comments stripped on the way': (html) => html.replace(/<!--.*?-->|<!>/g, ''),
  'a line break put between the elements on the way': (html) =>
    html.replace(/(<body>.*)(<script)/s, (_, body: string, script) => {
      return body.replaceAll('><', '>\n<') + script;
    }),
  'a banner put in on the way': (html) => html.replace('<body>', '<body><div>banner</div>'),
};

async function rewrite(page: Page, change: (html: string) => string): Promise<void> {
  await page.route('**/*', async (route) => {
    if (route.request().resourceType() !== 'document') return route.fallback();
    const response = await route.fetch({ maxRedirects: 0 });
    await route.fulfill({ response, body: change(await response.text()) });
  });
}

/** How the page was made live: '' by hydration, or 'anew'. */
async function howLive(page: Page): Promise<string | null> {
  await untilLive(page);
  return page.locator('html').getAttribute('data-hydrated');
}

/** Signs in, sees the session renewed, and logs out. */
async function live(page: Page, account: Account): Promise<void> {
  await page.goto('/login');
  expect(await howLive(page)).toBe('anew');
  await fillIn(page, account);
  await form(page).logIn.click();
  await expect(page).toHaveURL('/session');
  const session = new SessionPage(page);
  await session.expectAlive();

  await page.reload();
  expect(await howLive(page)).toBe('anew');
  await session.expectAlive();
  await expect(page.getByRole('main')).toHaveCount(1);
  // The access token is renewed as soon as a restored session begins.
  await expect(session.events('issued')).toHaveCount(1);
  await expect(session.me).toContainText(account.username);
  await expect.poll(() => session.renewalCount(), { timeout: 15_000 }).toBeGreaterThan(0);
  await session.logOut();
  await session.expectGone();
}

for (const [name, change] of Object.entries(CHANGES)) {
  test(`a session lives on a page with ${name}`, async ({ page, account }) => {
    await page.addInitScript(
      `document.addEventListener('DOMContentLoaded', () => (${change.toString()})())`,
    );
    await live(page, account);
  });
}

for (const [name, change] of Object.entries(REWRITES)) {
  test(`a session lives on a page with ${name}`, async ({ page, account }) => {
    await rewrite(page, change);
    await live(page, account);
  });
}

test('a page that nobody has changed is hydrated', async ({ page, account, guard }) => {
  guard.expectComplaint(/status of 404/);
  const paths = ['/', '/login', '/register', '/session', '/sessions', '/account', '/no-such-page'];
  for (const path of paths) {
    await page.goto(path);
    expect(await howLive(page), path).toBe('');
  }
  await page.request.post('/auth/token/', {
    data: account,
    headers: { 'X-Auth-Transport': 'cookie', 'Sec-Fetch-Site': 'same-origin' },
  });
  for (const path of paths) {
    await page.goto(path);
    expect(await howLive(page), `${path}, signed in`).toBe('');
  }
});

test('what was typed before the page was rendered anew is kept', async ({ page, account }) => {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.wasm', async (route) => {
    await released;
    await route.continue();
  });
  await page.goto('/register');
  await page.evaluate(CHANGES['a block after each input']!);
  await page.evaluate(() => {
    const overlay = document.createElement('div');
    overlay.id = 'overlay-of-an-extension';
    document.body.append(overlay);
  });
  await form(page).email.fill('wax@example.org');
  await fillIn(page, { ...account, username: `${account.username}-new` });
  const { username, password, email } = form(page);
  await username.focus();
  await username.evaluate((input: HTMLInputElement) => input.setSelectionRange(2, 5, 'backward'));
  release();
  expect(await howLive(page)).toBe('anew');

  await expect(username).toHaveValue(`${account.username}-new`);
  await expect(password).toHaveValue(account.password);
  await expect(email).toHaveValue('wax@example.org');
  await expect(username).toBeFocused();
  const selection = await username.evaluate((input: HTMLInputElement) => [
    input.selectionStart,
    input.selectionEnd,
    input.selectionDirection,
  ]);
  expect(selection).toEqual([2, 5, 'backward']);
  await expect(page.locator('#overlay-of-an-extension')).toHaveCount(1);
  await form(page).register.click();
  await new SessionPage(page).expectAlive();
});

test('a form that came back with an error is rendered anew with it', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 401/);
  await page.route('**/*.wasm', (route) => route.abort());
  guard.expectComplaint(/ERR_FAILED|Failed to fetch|did not start/);
  await page.goto('/login');
  await expect(page.locator('.stopped')).toContainText('could not be made live');
  await fillIn(page, { ...account, password: 'not the right one' });
  await page.addInitScript(
    `document.addEventListener('DOMContentLoaded', ${CHANGES['a block after each input']})`,
  );
  await page.unroute('**/*.wasm');
  await form(page).logIn.click();
  expect(await howLive(page)).toBe('anew');
  await expect(form(page).errors).toBeVisible();
  await expect(form(page).username).toHaveValue(account.username);
});

test('a session survives the translator, whenever it translates', async ({
  page,
  guard,
  account,
}) => {
  test.setTimeout(90_000);
  guard.expectComplaint(/status of 40\d/);
  await page.request.post('/auth/token/', { data: account });
  await open(page, '/login');
  // A translator that never rests: what changes is translated again.
  await page.evaluate(`(${translate.toString()})(${CHANGES['each text wrapped by a translator']})`);
  await fillIn(page, account);
  await form(page).logIn.click();
  await expect(page).toHaveURL('/session');
  const session = new SessionPage(page);
  await session.expectAlive();
  await expect.poll(() => session.renewalCount(), { timeout: 20_000 }).toBeGreaterThan(1);
  await expect(session.events('renewed').last()).toContainText('A fresh access token');
  const left = await session.accessLeft.textContent();
  await expect(session.accessLeft).not.toHaveText(left!);

  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(sessions.devices).toHaveCount(2);
  await sessions.end(sessions.others);
  await expect(sessions.onlyThis).toBeVisible();
  await expect(page.getByTestId('devices-said')).toHaveText('The session has ended.');
  await page.getByRole('navigation').getByRole('link', { name: 'Session', exact: true }).click();
  await session.useAccessToken();
  await session.verify();
  await expect(session.verdict).toHaveText(/The token is valid|Token is expired/);
  await session.logOut();
  await session.expectGone();
  await page.getByRole('navigation').getByRole('link', { name: 'Log in' }).click();
  await form(page).logIn.click();
  await expect(form(page).errors).toBeVisible();
});

function translate(all: () => void): void {
  const observer = new MutationObserver(() => {
    observer.disconnect();
    all();
    observe();
  });
  const observe = () =>
    observer.observe(document.body, { childList: true, characterData: true, subtree: true });
  all();
  observe();
}

/** Lets hydration fail at its first step; with `always`, the rendering that takes its place, too. */
async function failToStart(page: Page, always: boolean): Promise<void> {
  await page.addInitScript((always) => {
    const first = Object.getOwnPropertyDescriptor(Node.prototype, 'firstChild')!;
    const create = document.createElement;
    let failed = false;
    Object.defineProperty(Node.prototype, 'firstChild', {
      ...first,
      get() {
        if (failed) return first.get!.call(this);
        failed = true;
        throw new Error('broken for a test');
      },
    });
    if (!always) return;
    document.createElement = function (name: string) {
      if (name === 'main') throw new Error('broken for a test');
      return create.call(document, name);
    };
  }, always);
}

test('a page whose start fails is started once more, by an instance of its own', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/broken for a test/);
  await failToStart(page, false);
  await page.goto('/login');
  expect(await howLive(page)).toBe('anew');
  await fillIn(page, account);
  await form(page).logIn.click();
  const session = new SessionPage(page);
  await session.expectAlive();
  await expect.poll(() => session.renewalCount(), { timeout: 15_000 }).toBe(1);
  // The first instance does nothing any more: one session, renewed once at a time.
  expect(guard.statuses('POST', '/auth/token/')).toEqual([200]);
  expect(guard.statuses('POST', '/auth/token/refresh/')).toEqual([200]);
  await expect(page.locator('.stopped')).toHaveCount(0);
});

test('a page that cannot be started says so, and its plain forms work', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/broken for a test|RuntimeError|panicked/);
  await failToStart(page, true);
  await page.goto('/login');
  await expect(page.getByRole('alert').filter({ visible: true })).toContainText(
    'This page could not be made live. Its links and forms work all the same.',
  );
  await expect(page.locator('html')).not.toHaveAttribute('data-hydrated', /.*/);
  await expect(page.getByRole('main')).toHaveCount(1);
  await fillIn(page, account);
  await form(page).logIn.click();
  await expect(page).toHaveURL('/session');
  await expect(page.locator('.needs-wasm')).toBeVisible();
  await expect(page.getByText(`Signed in as ${account.username}`)).toBeVisible();
  await page.getByTestId('logout').click();
  await expect(page).toHaveURL('/');
});

test('a page that stops later says so, and its plain forms work', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/broken for a test/);
  await open(page, '/login');
  await fillIn(page, account);
  await form(page).logIn.click();
  const session = new SessionPage(page);
  await session.expectAlive();
  await page.evaluate(() => {
    performance.now = () => {
      throw new Error('broken for a test');
    };
  });
  const notice = page.getByRole('alert').filter({ visible: true });
  await expect(notice).toContainText('This page has stopped working. Reload it to go on.');
  const complaints = guard.complaints.length;
  await session.logOut();
  await expect(page).toHaveURL('/');
  expect(guard.complaints.length).toBe(complaints);
});

test('an error of another script is none of this page', async ({ page, guard }) => {
  guard.expectComplaint(/of an extension/);
  await open(page, '/');
  await page.evaluate(() => setTimeout(() => { throw new Error('of an extension'); }));
  await expect.poll(() => guard.complaints.length).toBe(1);
  await expect(page.locator('.stopped')).toHaveCount(0);
});

for (const language of ['C', '', 'en_US.UTF-8', undefined]) {
  test(`times are written where the browser's language is ${JSON.stringify(language)}`, async ({
    page,
    account,
  }) => {
    await page.addInitScript((language) => {
      Object.defineProperty(navigator, 'language', { get: () => language });
    }, language);
    await open(page, '/login');
    await fillIn(page, account);
    await form(page).logIn.click();
    await new SessionPage(page).expectAlive();
    const sessions = new SessionsPage(page);
    await sessions.visit();
    await expect(sessions.current.locator('time').first()).toHaveText(/\d{1,2}:\d\d/);
  });
}
