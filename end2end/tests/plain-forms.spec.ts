// The web UI without its script: the forms are real ones, and the server answers them.

import type { BrowserContext, Page } from '@playwright/test';
import { fillIn, form } from '../support/pages';
import type { Account } from '../support/test';
import { expect, test } from '../support/test';

/** Registers and logs in; fails unless both went through the server's own pages. */
async function registerAndLogIn(page: Page, context: BrowserContext, somebody: Account) {
  await page.goto('/register');
  await fillIn(page, somebody);
  const registered = page.waitForResponse((response) => response.request().method() === 'POST');
  await form(page).register.click();
  expect((await registered).status()).toBe(303);

  await expect(page).toHaveURL(/\/login/);
  await fillIn(page, somebody);
  const loggedIn = page.waitForResponse((response) => response.request().method() === 'POST');
  await form(page).logIn.click();
  expect((await loggedIn).status()).toBe(303);

  await expect(page).toHaveURL('/session');
  const cookies = await context.cookies();
  expect(cookies.filter((cookie) => cookie.httpOnly && cookie.value.startsWith('eyJ'))).toHaveLength(1);
}

/** A wrong password is answered on the form, with the name kept. */
async function failToLogIn(page: Page, account: Account) {
  await page.goto('/login');
  await fillIn(page, { username: account.username, password: 'not the right one' });
  await form(page).logIn.click();
  await expect(form(page).errors).toBeVisible();
  await expect(form(page).username).toHaveValue(account.username);
  await expect(form(page).password).toHaveValue('');
}

/** A refused registration says why beside the field. */
async function failToRegister(page: Page, account: Account) {
  await page.goto('/register');
  await fillIn(page, { username: account.username, password: 'Another candle, another ring' });
  await form(page).register.click();
  await expect(form(page).errors).toContainText('A user with that username already exists.');
  await expect(form(page).username).toHaveValue(account.username);
}

test.describe('when the WebAssembly does not arrive', () => {
  test.beforeEach(async ({ page, guard }) => {
    guard.expectComplaint(/.*/);
    await page.route('**/*.wasm', (route) => route.abort());
  });

  test('register and log in work', async ({ page, context, stranger }) => {
    await registerAndLogIn(page, context, stranger);
  });

  test('a wrong password is answered', async ({ page, account }) => {
    await failToLogIn(page, account);
  });

  test('a refused registration is answered', async ({ page, account }) => {
    await failToRegister(page, account);
  });
});

test.describe('when script is switched off', () => {
  test.use({ javaScriptEnabled: false });

  test.beforeEach(({ guard }) => guard.expectComplaint(/status of 4\d\d/));

  test('register and log in work', async ({ page, context, stranger }) => {
    await registerAndLogIn(page, context, stranger);
  });

  test('a wrong password is answered', async ({ page, account }) => {
    await failToLogIn(page, account);
  });

  test('a refused registration is answered', async ({ page, account }) => {
    await failToRegister(page, account);
  });
});

test('a form that another site has posted is refused', async ({ page, account }) => {
  const answer = await page.request.post('/login', {
    form: { ...account },
    headers: { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(403);
  expect(answer.headers()['set-cookie']).toBeUndefined();
});
