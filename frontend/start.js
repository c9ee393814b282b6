// Makes a page live. `cargo xtask bundle` appends this to the script of wasm-bindgen, without these
// comments, and it uses that script's `wasm`, `__wbg_init`, `hydrate` and `mount`.

// Starts the page. Hydration walks the nodes that the server wrote. Where an extension, a translator
// or a proxy has changed them it would trap or bind to the wrong ones, so such a page is rendered
// anew. An instance that has trapped is not used on: a second one tries again, once. If that fails
// too, the server's HTML is left as it is, with its plain forms.
export async function begin(url) {
  if (typeof WebAssembly !== 'object') return;
  try {
    await attempt(url, true);
  } catch (error) {
    console.warn('The page did not start; trying again.', error);
    try {
      const again = await import(`${import.meta.url}?again`);
      await again.attempt(url, false);
    } catch (error) {
      console.error(error);
      notify('This page could not be made live. Its links and forms work all the same.');
    }
  }
}

// One try with this copy of the script; `attempt` of another copy has an instance of its own.
export async function attempt(url, mayHydrate) {
  await __wbg_init({ module_or_path: url });
  const untouched = mayHydrate && isUntouched();
  try {
    if (untouched) hydrate();
    else rerender();
  } catch (error) {
    disconnect();
    throw error;
  }
  document.documentElement.dataset.hydrated = untouched ? '' : 'anew';
  addEventListener('error', ({ error }) => {
    const ours = new URL('.', import.meta.url).href;
    if (error instanceof WebAssembly.RuntimeError || String(error?.stack).includes(ours)) stop();
  });
  addEventListener('unhandledrejection', ({ reason }) => {
    if (reason instanceof WebAssembly.RuntimeError) stop();
  });
}

// An instance that has trapped, or that an exception has passed through, is in no known state.
function stop() {
  disconnect();
  notify('This page has stopped working. Reload it to go on.');
}

// Lets every listener, timer and task of the instance call nothing: forms and links are the
// browser's again.
const nothing = new Proxy(() => [], { get: () => nothing });
function disconnect() {
  wasm = nothing;
}

function notify(words) {
  if (document.querySelector('.stopped')) return;
  const notice = document.createElement('div');
  notice.className = 'stopped';
  notice.setAttribute('role', 'alert');
  const text = document.createElement('p');
  text.textContent = words;
  const reload = document.createElement('button');
  reload.className = 'button';
  reload.textContent = 'Reload';
  reload.onclick = () => location.reload();
  notice.append(text, reload);
  document.body.append(notice);
}

// Whether the nodes are those that the server wrote, up to its script at the end of the body:
// FNV-1a over their names in document order, as in `server/src/http/outline.rs`.
function isUntouched() {
  let hash = 0x811c9dc5;
  const add = (name) => {
    for (const unit of name.toLowerCase()) {
      hash = Math.imul(hash ^ unit.charCodeAt(0), 0x01000193) >>> 0;
    }
  };
  const visit = (node) => {
    add(node.nodeName);
    node.childNodes.forEach(visit);
    add('/');
  };
  const nodes = [...document.body.childNodes];
  nodes.slice(0, nodes.findIndex((node) => node.nodeName === 'SCRIPT')).forEach(visit);
  return hash.toString(16) === document.documentElement.dataset.outline;
}

// Renders the page anew and takes the server's nodes away, with whatever was put into them. Nodes
// that others added beside them stay.
function rerender() {
  const { body } = document;
  const before = [...body.childNodes];
  const parts = '.skip-link, .site-header, main, .site-footer, .bar';
  const stale = before.filter((node) => within([node]).some((element) => element.matches(parts)));
  const restore = remember(stale);
  let fresh;
  try {
    mount();
  } finally {
    fresh = [...body.childNodes].slice(before.length);
    fresh.forEach((node) => node.remove());
  }
  stale.forEach((node) => node.remove());
  body.prepend(...fresh);
  restore(fresh);
}

// All elements of the trees that begin at `nodes`.
function within(nodes) {
  return nodes.flatMap((node) => (node.nodeType === 1 ? [node, ...node.querySelectorAll('*')] : []));
}

// Remembers what was typed, the focus and the selection; the function returned gives them to the
// elements that take the place of those that have them now.
function remember(stale) {
  const typed = within(stale).filter(
    (field) =>
      field.matches('input, textarea') &&
      (field.value !== field.defaultValue || field.checked !== field.defaultChecked),
  );
  const focused = within(stale).find((element) => element === document.activeElement);
  const { selectionStart, selectionEnd, selectionDirection } = focused ?? {};
  const key = (element) =>
    element.id ||
    element.name ||
    element.getAttribute('href') ||
    element.form?.getAttribute('action') ||
    element.textContent;
  return (fresh) => {
    const successor = (old) =>
      within(fresh).find((element) => element.localName === old.localName && key(element) === key(old));
    for (const field of typed) {
      const heir = successor(field);
      if (heir) Object.assign(heir, { value: field.value, checked: field.checked });
    }
    const heir = focused && successor(focused);
    heir?.focus({ preventScroll: true });
    if (Number.isInteger(selectionStart)) {
      heir?.setSelectionRange(selectionStart, selectionEnd, selectionDirection);
    }
  };
}
