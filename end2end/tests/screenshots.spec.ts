// Not a test: a picture of every page and state, light and dark, on a telephone and on a desk.
// `npm run screenshots`; they go to SIGNET_SCREENSHOTS, or to target/screenshots/.

import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import {
  AccountPage,
  bar,
  fillIn,
  form,
  logIn,
  open,
  SessionPage,
  SessionsPage,
} from '../support/pages';
import { breakDown } from '../support/stubs';
import { expect, test } from '../support/test';

const folder =
  process.env.SIGNET_SCREENSHOTS ?? resolve(import.meta.dirname, '../../target/screenshots');

test.beforeEach(({ guard }) => guard.expectComplaint(/status of [45]\d\d|ERR_INTERNET/));

/** Takes the picture of a page as it is now, in light and dark, on a telephone, a desk and a wide one. */
async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [390, 1280, 1600]) {
      await page.setViewportSize({ width, height: 844 });
      await page.screenshot({
        path: join(folder, `${name}-${colorScheme}-${width}.png`),
        fullPage: true,
      });
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `${name} is ${overflow} px too wide at ${width}`).toBeLessThanOrEqual(0);
    }
  }
}

for (const [name, path] of [
  ['home', '/'],
  ['register', '/register'],
  ['login', '/login'],
  ['not-found', '/no-such-page'],
  ['sessions-anonymous', '/sessions'],
] as const) {
  test(name, async ({ page }) => {
    await open(page, path);
    await picture(page, name);
  });
}

test('register-refused', async ({ page }) => {
  await open(page, '/register');
  await fillIn(page, { username: 'no spaces please', password: '12345' });
  await form(page).email.fill('somebody');
  await form(page).register.click();
  await expect(form(page).errors).toBeVisible();
  await picture(page, 'register-refused');
});

test('login-refused', async ({ page }) => {
  await open(page, '/login');
  await fillIn(page, { username: 'nobody-of-that-name', password: 'not the right one' });
  await form(page).logIn.click();
  await expect(form(page).errors).toBeVisible();
  await picture(page, 'login-refused');
});

test('session-anonymous', async ({ page }) => {
  await open(page, '/session');
  await new SessionPage(page).untilState('anonymous');
  await picture(page, 'session-anonymous');
});

test('session', async ({ page, account }) => {
  test.setTimeout(120_000);
  const session = await logIn(page, account);
  await picture(page, 'session');
  await session.useAccessToken();
  await session.tamper();
  await session.verify();
  await expect(session.verdict).toHaveAttribute('data-valid', 'false');
  await picture(page, 'session-tampered');
  await session.untilState('final', 40);
  await picture(page, 'session-final');
  await session.untilState('expired', 20);
  await picture(page, 'session-expired');
});

test('sessions', async ({ page, account }) => {
  test.setTimeout(120_000);
  for (const userAgent of [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like ' +
      'Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    'curl/8.14.1',
  ]) {
    const headers = { 'User-Agent': userAgent };
    await page.request.post('/auth/token/', { data: account, headers });
  }
  await logIn(page, account);
  const mend = await breakDown(page, 'GET', '/auth/sessions/');
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  await picture(page, 'sessions-failed');
  await mend();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(sessions.devices).toHaveCount(3);
  await picture(page, 'sessions');
  await breakDown(page, 'DELETE', '/auth/sessions/*/');
  await sessions.end(sessions.others.first());
  await expect(sessions.others.first()).toContainText('could not');
  await sessions.others.first().getByText('User-Agent').click();
  await sessions.openEverywhere();
  await picture(page, 'sessions-row-error');
  await page.getByRole('button', { name: 'All other devices' }).click();
  await expect(sessions.onlyThis).toBeVisible();
  await picture(page, 'sessions-only-this');
  await expect(bar(page)).toContainText('Your session has ended.', { timeout: 45_000 });
  await picture(page, 'sessions-expired');
});

test('account', async ({ page, context, account }) => {
  test.setTimeout(120_000);
  await logIn(page, account);
  const accountPage = new AccountPage(page);
  await accountPage.visit();
  await picture(page, 'account');
  await accountPage.change('not the right one', '12345');
  await expect(accountPage.errors).toBeVisible();
  await picture(page, 'account-refused');
  await accountPage.change(account.password, 'Another candle, another ring');
  await expect(accountPage.changed).toBeVisible();
  await picture(page, 'account-changed');
  await context.setOffline(true);
  await expect(bar(page)).toContainText('You are offline.');
  await picture(page, 'account-offline');
  await context.setOffline(false);
  await expect(bar(page)).toContainText('Your session has ended.', { timeout: 45_000 });
  await page.locator('summary').filter({ hasText: 'Sign in again' }).click();
  await picture(page, 'account-expired');
});
