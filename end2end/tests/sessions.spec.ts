// The sessions of a user: seen, and ended.

import type { Browser, Page } from '@playwright/test';
import { logIn, open, SessionPage, SessionsPage, untilLive } from '../support/pages';
import { breakDown } from '../support/stubs';
import { type Account, expect, test } from '../support/test';

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

test('signing out everywhere signs out here, too', async ({ page, context, account }) => {
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
  const mend = await breakDown(page, 'GET', '/auth/sessions/');
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(page.getByTestId('devices-waiting')).toContainText('The server could not do it now.');
  await mend();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(sessions.devices).toHaveCount(1);
});

test('nobody is shown the way in', async ({ page }) => {
  await open(page, '/sessions');
  await expect(page.getByText('You are not signed in.')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await expect(page).toHaveURL('/login?next=/sessions');
});

/** A page of a browser that shares nothing with the test's own. */
async function secondBrowser(browser: Browser, baseURL: string): Promise<Page> {
  const context = await browser.newContext({ baseURL });
  return context.newPage();
}
