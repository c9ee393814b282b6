// Too many tries: what a user is told, on a server that lets nobody fail twice.

import { fillIn, form, open } from '../support/pages';
import { startSignet, type Signet } from '../support/server';
import { expect, test } from '../support/test';

let strict: Signet;

test.beforeAll(async () => {
  strict = await startSignet([], {
    SIGNET_THROTTLE_LOGIN: '1/hour',
    SIGNET_THROTTLE_REGISTER: '1/hour',
  });
});

test.afterAll(() => strict.stop());

test.beforeEach(({ guard }) => guard.expectComplaint(/status of 4\d\d/));

test('logging in says to wait, and for how long', async ({ page, stranger }) => {
  await open(page, `${strict.url}/login`);
  await fillIn(page, stranger);
  await form(page).logIn.click();
  await expect(form(page).errors).toContainText('No active account');

  await form(page).password.fill(stranger.password);
  await form(page).logIn.click();
  await expect(form(page).errors).toContainText('Too many tries.');
  await expect(form(page).errors).toContainText(/Try again in 3[56]\d\d seconds\./);
  await expect(form(page).errors).toBeFocused();
  await expect(form(page).username).toHaveValue(stranger.username);
  await expect(form(page).logIn).toHaveCSS('border-style', 'dashed');
  await expect(form(page).logIn).toHaveCSS('cursor', 'not-allowed');
});

test.describe('when script is switched off', () => {
  test.use({ javaScriptEnabled: false });

  test('registering says to wait, and for how long', async ({ page, stranger }) => {
    const taken = { username: 'taken', password: stranger.password };
    for (const words of [/Log in/, /Too many tries\. Try again in 3[56]\d\d seconds\./]) {
      await page.goto(`${strict.url}/register`);
      await fillIn(page, taken);
      await form(page).register.click();
      await expect(page.getByRole('main')).toContainText(words);
    }
    await expect(form(page).username).toHaveValue('taken');
  });
});
