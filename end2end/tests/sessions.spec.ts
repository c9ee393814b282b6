// The sessions of a user: seen, and ended.

import type { Browser, Page } from '@playwright/test';
import { logIn, open, SessionPage, SessionsPage, untilLive } from '../support/pages';
import { breakDown } from '../support/stubs';
import { type Account, expect, register, test } from '../support/test';

const LIST = '/auth/sessions/';

/** Logs in once more, without a browser: as a program that calls itself `userAgent`. */
async function logInElsewhere(page: Page, account: Account, userAgent: string): Promise<string> {
  const answer = await page.request.post('/auth/token/', {
    data: account,
    headers: { 'User-Agent': userAgent },
  });
  const pair: { refresh: string } = await answer.json();
  return pair.refresh;
}

async function refreshStatus(page: Page, refresh: string): Promise<number> {
  const answer = await page.request.post('/auth/token/refresh/', { data: { refresh } });
  return answer.status();
}

test('the list names the devices, says when and from where, and which is this one', async ({
  page,
  account,
}) => {
  await logInElsewhere(page, account, 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0');
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();

  await expect(sessions.devices).toHaveCount(2);
  await expect(sessions.current).toContainText('This device');
  await expect(sessions.current).toContainText('127.0.0.1');
  const other = sessions.others;
  await expect(other.getByRole('heading', { name: 'Firefox on Linux' })).toBeVisible();
  await expect(other.locator('time').first()).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT.*Z$/);
  await other.getByText('User-Agent').click();
  await expect(other.getByText('rv:140.0')).toBeVisible();
});

test('ending a session of another device ends it at the server, and the focus is led on', async ({
  page,
  account,
}) => {
  const refresh = await logInElsewhere(page, account, 'curl/8.14.1');
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();

  await sessions.end(sessions.others);
  await expect(sessions.devices).toHaveCount(1);
  await expect(sessions.onlyThis).toBeVisible();
  await expect(sessions.heading).toBeFocused();
  await expect(page.getByTestId('devices-said')).toHaveText('The session has ended.');
  expect(await refreshStatus(page, refresh)).toBe(401);
});

test('one browser ends the session of another', async ({ page, browser, account, signet }) => {
  const elsewhere = await secondBrowser(browser, signet.url);
  const there = await logIn(elsewhere, account);
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await sessions.end(sessions.others);
  await expect(sessions.devices).toHaveCount(1);

  // There the last access token lives out its seconds, and no other comes.
  await there.untilState('expired', 20);
  await expect(there.expiredNotice).toBeVisible();
  await elsewhere.context().close();
});

test('all other sessions end at once, and this one goes on', async ({ page, account }) => {
  const refreshes = [
    await logInElsewhere(page, account, 'curl/8.14.1'),
    await logInElsewhere(page, account, 'python-requests/2.32'),
  ];
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(sessions.others).toHaveCount(2);

  await sessions.openEverywhere();
  await page.getByRole('button', { name: 'All other devices' }).click();
  await expect(sessions.onlyThis).toBeVisible();
  await expect(sessions.heading).toBeFocused();
  for (const refresh of refreshes) expect(await refreshStatus(page, refresh)).toBe(401);

  await page.reload();
  await untilLive(page);
  await expect(sessions.devices).toHaveCount(1);
});

test('signing out everywhere signs out here, too', async ({ page, context, guard, account }) => {
  const refresh = await logInElsewhere(page, account, 'curl/8.14.1');
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await sessions.openEverywhere();
  await page.getByRole('button', { name: 'All devices, this one too' }).click();

  await new SessionPage(page).untilState('anonymous');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect.poll(() => context.cookies()).toEqual([]);
  expect(await refreshStatus(page, refresh)).toBe(401);
  // One request ends them all, and nothing is refused.
  expect(guard.statuses('DELETE', '/auth/sessions/')).toEqual([204]);
  expect(guard.statuses('POST', '/auth/token/blacklist/')).toEqual([]);
});

test('where not all devices could be signed out this one is not, and the page says so', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 503/);
  await logInElsewhere(page, account, 'curl/8.14.1');
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await breakDown(page, 'DELETE', '/auth/sessions/?all=true');
  await sessions.openEverywhere();
  await page.getByRole('button', { name: 'All devices, this one too' }).click();
  await expect(sessions.everywhere).toContainText('The server could not do it now.');
  await expect(sessions.devices).toHaveCount(2);
});

test('who ends the session of this device is logged out', async ({ page, context, account }) => {
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await sessions.current.getByRole('button', { name: 'Log out' }).click();
  await new SessionPage(page).untilState('anonymous');
  await expect.poll(() => context.cookies()).toEqual([]);
});

test('what cannot be ended now says so in its row, and can be tried again', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 503/);
  await logInElsewhere(page, account, 'curl/8.14.1');
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  const mend = await breakDown(page, 'DELETE', '/auth/sessions/*/');
  await sessions.end(sessions.others);
  await expect(sessions.others).toContainText('The server could not do it now.');
  await expect(sessions.devices).toHaveCount(2);

  await mend();
  await sessions.others.getByRole('button', { name: 'End this session' }).click();
  await expect(sessions.devices).toHaveCount(1);
});

test('a session that has ended meanwhile goes from the list all the same', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 404/);
  const refresh = await logInElsewhere(page, account, 'curl/8.14.1');
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(sessions.devices).toHaveCount(2);
  await page.request.post('/auth/token/blacklist/', { data: { refresh } });
  await sessions.end(sessions.others);
  await expect(sessions.devices).toHaveCount(1);
});

test('a list that did not come can be asked for again', async ({ page, guard, account }) => {
  guard.expectComplaint(/status of 503/);
  await logIn(page, account);
  const mend = await breakDown(page, 'GET', LIST);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(page.getByTestId('devices-waiting')).toContainText('The server could not do it now.');
  await mend();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(sessions.devices).toHaveCount(1);
});

test('a list that is refused is asked for once with each token', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 401/);
  await logIn(page, account);
  await breakDown(page, 'GET', LIST, 401);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(page.getByTestId('devices-waiting')).toContainText('Your session has ended.');
  // A refused token is renewed at once, and its successor when its time has come.
  await expect.poll(() => guard.statuses('GET', LIST).length).toBe(2);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => guard.statuses('GET', LIST).length).toBeGreaterThanOrEqual(3);
  const waiting = page.getByTestId('devices-waiting');
  await expect(waiting).toContainText('Your session has ended.');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  expect(guard.statuses('GET', LIST).length).toBeLessThanOrEqual(4);
});

test('where the session has ended the page says so, and goes on when it does', async ({
  page,
  guard,
  account,
}) => {
  test.setTimeout(90_000);
  guard.expectComplaint(/status of 401/);
  await logInElsewhere(page, account, 'curl/8.14.1');
  const session = await logIn(page, account);
  const mend = await breakDown(page, 'POST', '/auth/token/refresh/', 401);
  await session.untilState('expired', 20);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  const waiting = page.getByTestId('devices-waiting');
  await expect(waiting.getByText('Your session has ended.')).toBeVisible();
  await expect(sessions.devices).toHaveCount(0);
  expect(guard.statuses('GET', LIST)).toEqual([]);

  await mend();
  await signInAgain(page, account);
  await expect(sessions.current).toBeVisible();
  await expect(waiting).toBeHidden();

  // The list stays when the session ends once more; what is tried then is no fault of the
  // server's.
  await breakDown(page, 'POST', '/auth/token/refresh/', 401);
  await expect(page.getByTestId('bar')).toContainText('Your session has ended.', {
    timeout: 20_000,
  });
  const other = sessions.others.filter({ hasText: 'curl/8.14.1' });
  await sessions.end(other);
  await expect(other.getByText('Your session has ended.')).toBeVisible();
  expect(guard.statuses('DELETE', LIST)).toEqual([]);
  await signInAgain(page, account);
  const ended = page.getByRole('main').getByText('Your session has ended.');
  await expect(ended.filter({ visible: true })).toHaveCount(0);
  await expect(other).toBeVisible();
});

test('nothing of one user is left for another who signs in', async ({
  page,
  guard,
  signet,
  account,
}) => {
  guard.expectComplaint(/status of 404/);
  await logInElsewhere(page, account, 'curl/8.14.1');
  const another = { ...account, username: `${account.username}-other` };
  await register(signet, another);
  await logInElsewhere(page, another, 'python-requests/2.32');
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(sessions.others).toContainText('curl/8.14.1');

  // An answer that comes after the other has signed in.
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/auth/sessions/*/', async (route) => {
    await released;
    await route.fulfill({ status: 404, json: { detail: 'gone' } });
  });
  await sessions.end(sessions.others);
  // As another tab does.
  await page.evaluate(async (credentials) => {
    const headers = { 'Content-Type': 'application/json', 'X-Auth-Transport': 'cookie' };
    const body = JSON.stringify(credentials);
    await fetch('/auth/token/', { method: 'POST', headers, body });
  }, another);
  await expect(sessions.others).toContainText('python-requests/2.32', { timeout: 15_000 });
  await expect(sessions.devices).toHaveCount(2);

  const answered = page.waitForResponse((response) => response.request().method() === 'DELETE');
  release();
  await answered;
  await expect(page.getByTestId('devices-said')).toBeEmpty();
  await expect(sessions.devices).toHaveCount(2);
});

test('the list is asked for again when the page is shown again', async ({ page, account }) => {
  await logIn(page, account);
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(sessions.devices).toHaveCount(1);
  await logInElsewhere(page, account, 'curl/8.14.1');
  await page.evaluate(() => {
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });
  await expect(sessions.devices).toHaveCount(2);
  await expect(sessions.devices.first()).toContainText('This device');
});

test('nobody is shown the way in', async ({ page }) => {
  await open(page, '/sessions');
  await expect(page.getByText('You are not signed in.')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await expect(page).toHaveURL('/login?next=/sessions');
});

/** Signs in by the bar at the foot of the page. */
async function signInAgain(page: Page, account: Account): Promise<void> {
  await page.locator('summary').filter({ hasText: 'Sign in again' }).click();
  await page.getByLabel('Password', { exact: true }).fill(account.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

/** A page of a browser that shares nothing with the test's own. */
async function secondBrowser(browser: Browser, baseURL: string): Promise<Page> {
  const context = await browser.newContext({ baseURL });
  return context.newPage();
}
