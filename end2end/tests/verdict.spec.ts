// Answers that are not the server's end no session, and confirm no logout.

import { randomBytes } from 'node:crypto';
import type { BrowserContext } from '@playwright/test';
import { bar, fillIn, form, logIn, open, SessionPage, untilLive } from '../support/pages';
import { expect, register, test } from '../support/test';

const REFRESH = '**/auth/token/refresh/';
const BLACKLIST = '**/auth/token/blacklist/';

/** What proxies, captive portals and other applications answer in the server's place. */
const FOREIGN = [
  { status: 404, contentType: 'text/plain', body: '404 page not found' },
  { status: 401, contentType: 'text/html', body: '<h1>Sign in to the network</h1>' },
  { status: 401, json: { message: 'Unauthorized' } },
  { status: 200, contentType: 'text/html', body: '<h1>Welcome</h1>' },
  { status: 200, json: { portal: true } },
  { status: 204 },
  { status: 302, headers: { location: '/' } },
];

/** Answers the next requests with each of `answers`, one after the other, then the server's own way. */
async function misanswer(
  context: BrowserContext,
  url: string,
  answers: typeof FOREIGN,
): Promise<() => number> {
  let count = 0;
  await context.route(url, (route) => {
    const answer = answers[count++];
    return answer === undefined ? route.fallback() : route.fulfill(answer);
  });
  return () => count;
}

test.beforeEach(({ guard }) => guard.expectComplaint(/Failed to load resource|status of/));

test('a session is found again on a load that something else answers', async ({
  page,
  context,
  account,
}) => {
  await logIn(page, account);
  const count = await misanswer(context, REFRESH, FOREIGN.slice(0, 4));
  await page.reload();
  await untilLive(page);
  const session = new SessionPage(page);
  await session.untilState('retrying');
  await session.expectAlive();
  await expect(session.me).toContainText(account.username);
  expect(count()).toBeGreaterThan(4);
});

test('a live session outlives the answers of something else', async ({
  page,
  context,
  account,
}) => {
  const session = await logIn(page, account);
  await misanswer(context, REFRESH, FOREIGN.slice(4));
  await session.untilState('retrying');
  await expect.poll(() => session.renewalCount(), { timeout: 20_000 }).toBeGreaterThan(0);
  await expect(session.expiredNotice).toBeHidden();
});

test('a login that something else answers says so', async ({ page, context, account }) => {
  await context.route('**/auth/token/', (route) => route.fulfill(FOREIGN[0]));
  await open(page, '/login');
  await fillIn(page, account);
  await form(page).logIn.click();
  await expect(form(page).errors).toContainText('Something else has answered');
  await expect(form(page).username).toHaveValue(account.username);
});

test('a logout is said to be unconfirmed until it is, and no load restores the session', async ({
  page,
  context,
  account,
}) => {
  let broken = true;
  await context.route(BLACKLIST, (route) =>
    broken ? route.fulfill(FOREIGN[0]) : route.fallback(),
  );
  const session = await logIn(page, account);
  await session.logOut();
  await expect(bar(page)).toContainText('The server has not confirmed it yet');

  await open(page, '/session');
  await session.untilState('anonymous');
  await expect(page.getByText(account.username)).toHaveCount(0);
  const other = await context.newPage();
  await other.goto('/account');
  // Not even in what the server draws.
  expect(await other.content()).not.toContain(account.username);
  await untilLive(other);
  await expect(bar(other)).toContainText('The server has not confirmed it yet');
  await expect(other.getByText('You are not signed in.')).toBeVisible();

  broken = false;
  await expect.poll(() => context.cookies(), { timeout: 10_000 }).toEqual([]);
  await expect(bar(page)).not.toContainText('confirmed');
  await expect(bar(other)).not.toContainText('confirmed');
});

test('a login is not ended by a logout of before', async ({ page, context, signet, account }) => {
  const another = { ...account, username: `other-${randomBytes(5).toString('hex')}` };
  await register(signet, another);
  let broken = true;
  await context.route(BLACKLIST, (route) =>
    broken ? route.fulfill(FOREIGN[0]) : route.fallback(),
  );
  const session = await logIn(page, account);
  await session.logOut();
  await expect(bar(page)).toContainText('The server has not confirmed it yet');
  const waiting = await context.newPage();
  await open(waiting, '/');
  await expect(bar(waiting)).toContainText('The server has not confirmed it yet');

  // By the form alone: no script of the page takes part in it.
  await page.evaluate(async (fields) => {
    await fetch('/login', { method: 'POST', body: new URLSearchParams(fields) });
  }, another);
  broken = false;
  await open(page, '/session');
  await session.expectAlive();
  await expect(session.me).toContainText(another.username);
  await expect(bar(waiting)).not.toContainText('confirmed');
  await page.reload();
  await untilLive(page);
  await session.expectAlive();
});

test('a cookie that the browser does not keep is told at once', async ({
  page,
  context,
  guard,
  account,
}) => {
  await context.route('**/auth/token/', async (route) => {
    const answer = await route.fetch();
    const { 'set-cookie': _, ...headers } = answer.headers();
    await context.clearCookies();
    await route.fulfill({ response: answer, headers });
    await context.clearCookies();
  });
  await open(page, '/login');
  await fillIn(page, account);
  await form(page).logIn.click();
  const session = new SessionPage(page);
  await session.untilState('final');
  await expect(session.finalNotice).toContainText('Your browser did not keep');
  expect(guard.statuses('POST', '/auth/token/refresh/')).toEqual([]);
});

test('a page out of the cache shows nobody who has logged out', async ({
  page,
  context,
  account,
}) => {
  const session = await logIn(page, account);
  await expect(session.me).toContainText(account.username);
  const comeBack = () =>
    page.evaluate(() => {
      window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    });

  // In doubt the server is asked, and the name is not there meanwhile.
  let letGo = () => {};
  const gate = new Promise<void>((go) => (letGo = go));
  await context.route(REFRESH, async (route) => {
    await gate;
    await route.fallback();
  });
  await comeBack();
  await expect(page.getByText(account.username)).toHaveCount(0);
  letGo();
  await expect(session.me).toContainText(account.username);

  await context.clearCookies();
  await comeBack();
  await session.untilState('anonymous', 1);
  await expect(page.getByText(account.username)).toHaveCount(0);
});
