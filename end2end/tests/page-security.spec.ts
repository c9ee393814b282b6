// The security of the pages: nothing inline runs, and no token is anywhere but in its place.

import type { BrowserContext, Page } from '@playwright/test';
import {
  AccountPage,
  fillIn,
  form,
  logIn,
  open,
  SessionPage,
  SessionsPage,
  untilLive,
} from '../support/pages';
import { startSignet } from '../support/server';
import { expect, test } from '../support/test';

const PAGES = ['/', '/register', '/login', '/session', '/sessions', '/account', '/no-such-page'];

/** Sees every page and uses what is on it; ends signed in, on the page of the account. */
async function tour(page: Page): Promise<void> {
  for (const path of PAGES) await open(page, path);
  await page.getByRole('navigation').getByRole('link', { name: 'Session', exact: true }).click();
  const session = new SessionPage(page);
  await session.expectAlive();
  await session.useAccessToken();
  await session.verify();
  await expect(session.verdict).toHaveAttribute('data-valid', 'true');
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(sessions.devices.first()).toBeVisible();
  await new AccountPage(page).visit();
  await page.reload();
  await untilLive(page);
}

test('a tour of all pages violates no policy and leaves the console quiet', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 404/);
  for (const path of PAGES) await open(page, path);
  await logIn(page, account);
  await tour(page);
  expect(guard.complaints.filter((complaint) => !/status of 404/.test(complaint))).toEqual([]);
});

test('a script that got into a page does not run', async ({ page, guard }) => {
  guard.expectComplaint(/script-src|Content Security Policy|status of 404/);
  await open(page, '/');
  const ran = await page.evaluate(async () => {
    const inline = document.createElement('script');
    inline.textContent = 'window.canary = true';
    const foreign = document.createElement('script');
    foreign.src = 'https://evil.example/canary.js';
    const image = document.createElement('img');
    image.setAttribute('onerror', 'window.canary = true');
    image.src = '/no-such-image.png';
    document.body.append(inline, foreign, image);
    await new Promise((loaded) => image.addEventListener('error', loaded));
    return 'canary' in window;
  });
  expect(ran).toBe(false);
  await expect.poll(() => guard.complaints.join()).toContain('script-src');
});

/** The tokens that a session holds: their whole texts, and their signatures alone. */
async function collectTokens(context: BrowserContext, bodies: string[]): Promise<string[]> {
  const cookies = await context.cookies();
  const texts = [...bodies, ...cookies.map((cookie) => cookie.value)].join(' ');
  const tokens = texts.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? [];
  return [...new Set(tokens.flatMap((token) => [token, token.split('.')[2]!]))];
}

test('no token is stored, sent in an address, logged or drawn', async ({
  page,
  context,
  guard,
  stranger,
}) => {
  test.setTimeout(90_000);
  guard.expectComplaint(/status of 404/);
  const signet = await startSignet([], { SIGNET_LOG: 'trace', SIGNET_ROTATE_REFRESH_TOKENS: 'true' });
  const bodies: string[] = [];
  const console: string[] = [];
  page.on('console', (message) => console.push(message.text()));
  page.on('response', async (response) => {
    if (response.url().includes('/token/')) bodies.push(await response.text().catch(() => ''));
  });

  await open(page, `${signet.url}/register`);
  await fillIn(page, stranger);
  await form(page).register.click();
  await new SessionPage(page).expectAlive();
  const refreshTokens = await collectTokens(context, []);
  expect(refreshTokens).toHaveLength(2);
  await page.goto(signet.url);
  for (const path of PAGES) await open(page, signet.url + path);
  const sessions = new SessionsPage(page);
  await page.goto(`${signet.url}/session`);
  await untilLive(page);
  await sessions.visit();
  await expect(sessions.devices).toHaveCount(1);

  const secrets = [...refreshTokens, ...(await collectTokens(context, bodies)), stranger.password];
  expect(secrets.length).toBeGreaterThan(6);
  const drawn = await Promise.all(
    PAGES.map(async (path) => (await page.request.get(signet.url + path)).text()),
  );
  expect(drawn.join(), 'the pages are drawn for this user').toContain(stranger.username);
  const stored = await page.evaluate(async () =>
    JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      await indexedDB.databases(),
      await caches.keys(),
      document.cookie,
      history.state,
      window.name,
      document.documentElement.outerHTML,
    ]),
  );
  const places = {
    stored,
    addresses: guard.addresses.join(' '),
    console: console.join(' '),
    log: signet.said(),
    drawn: drawn.join(' '),
  };
  expect(places.log, 'the log has been read').toContain('/auth/token/refresh/');
  for (const [place, text] of Object.entries(places)) {
    const found = secrets.filter((secret) => text.includes(secret));
    expect(found, place).toEqual([]);
  }
  await signet.stop();
});
