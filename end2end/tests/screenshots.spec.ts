// Not a test: a picture of every page and state, light and dark, on a telephone and on a desk.
// `npm run screenshots`; they go to SIGNET_SCREENSHOTS, or to target/screenshots/.

import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { fillIn, form, logIn, open, SessionPage } from '../support/pages';
import { expect, test } from '../support/test';

const folder =
  process.env.SIGNET_SCREENSHOTS ?? resolve(import.meta.dirname, '../../target/screenshots');

test.beforeEach(({ guard }) => guard.expectComplaint(/status of 4\d\d/));

/** Takes the picture of a page as it is now, four times. */
async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [390, 1280]) {
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
