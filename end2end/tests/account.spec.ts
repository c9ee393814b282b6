// Changing the password.

import { randomBytes } from 'node:crypto';
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
import { expect, register, test } from '../support/test';

const NEXT = 'Another candle & another ring';

test('a new password ends all other sessions, and this one goes on', async ({
  page,
  guard,
  account,
}) => {
  guard.keepOutOfAddresses(NEXT);
  const other = await page.request.post('/auth/token/', { data: account });
  const { refresh } = await other.json();
  await logIn(page, account);
  const accountPage = new AccountPage(page);
  await accountPage.visit();
  await expect(page.getByRole('main')).toContainText(
    'signs out every other device. This one stays signed in. Access tokens elsewhere live out ' +
      'their seconds: 10 s at most.',
  );

  await accountPage.change(account.password, NEXT);
  await expect(accountPage.changed).toBeFocused();
  await expect(accountPage.current).toHaveValue('');
  await expect(accountPage.next).toHaveValue('');
  const refused = await page.request.post('/auth/token/refresh/', { data: { refresh } });
  expect(refused.status()).toBe(401);

  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(sessions.onlyThis).toBeVisible();
  const again = await page.request.post('/auth/token/', {
    data: { username: account.username, password: NEXT },
  });
  expect(again.status()).toBe(200);
});

test('a wrong and a weak password are refused beside their fields, and both are kept', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 400/);
  await logIn(page, account);
  const accountPage = new AccountPage(page);
  await accountPage.visit();
  await accountPage.change('not the right one', '12345');
  await expect(accountPage.errors).toBeFocused();
  await expect(page).toHaveTitle('Error: Account - Signet');
  await expect(accountPage.current).toHaveAttribute('aria-invalid', 'true');
  await expect(accountPage.next).toHaveAccessibleDescription(/too short.*too common.*numeric/s);
  await expect(accountPage.current).toHaveValue('not the right one');
  await expect(accountPage.next).toHaveValue('12345');
});

test('what was typed survives the end of the session', async ({ page, account }) => {
  test.setTimeout(90_000);
  await logIn(page, account);
  const accountPage = new AccountPage(page);
  await accountPage.visit();
  await accountPage.current.fill(account.password);
  await accountPage.next.fill(NEXT);

  const bar = page.getByTestId('bar');
  await expect(bar).toHaveText('Your session has ended. What you typed is kept.', {
    timeout: 45_000,
  });
  await accountPage.submit.click();
  await expect(accountPage.errors).toContainText(
    'Your session has ended. What you typed is kept; sign in again.',
  );
  await expect(page).toHaveTitle('Error: Account - Signet');
  await page.locator('summary').filter({ hasText: 'Sign in again' }).click();
  await expect(page.getByLabel('Username')).toHaveValue(account.username);
  await page.getByLabel('Password', { exact: true }).fill(account.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(bar).toHaveText('');
  await expect(accountPage.errors).toHaveCount(0);
  await expect(page).toHaveTitle('Account - Signet');

  await expect(accountPage.next).toHaveValue(NEXT);
  await accountPage.submit.click();
  await expect(accountPage.changed).toBeVisible();
});

test('a password form that is sent during a renewal waits for it', async ({ page, account }) => {
  await logIn(page, account);
  let letGo = () => {};
  const gate = new Promise<void>((go) => (letGo = go));
  await page.route('**/auth/token/refresh/', async (route) => {
    await gate;
    await route.continue();
  });
  await open(page, '/account');
  const accountPage = new AccountPage(page);
  await accountPage.change(account.password, NEXT);
  await expect(accountPage.submit).toHaveAttribute('aria-busy', 'true');
  await expect(accountPage.errors).toHaveCount(0);

  letGo();
  await expect(accountPage.changed).toBeVisible();
});

test('nothing that one user typed is left to another who has signed in', async ({
  page,
  signet,
  account,
}) => {
  const another = { ...account, username: `other-${randomBytes(5).toString('hex')}` };
  await register(signet, another);
  await logIn(page, account);
  const accountPage = new AccountPage(page);
  await accountPage.visit();
  await expect(accountPage.name).toHaveText(`Signed in as ${account.username}`);
  await accountPage.current.fill(account.password);
  await accountPage.next.fill(NEXT);

  // As a form without WebAssembly in another tab does.
  await page.evaluate(async (credentials) => {
    const headers = { 'Content-Type': 'application/json', 'X-Auth-Transport': 'cookie' };
    const body = JSON.stringify(credentials);
    await fetch('/auth/token/', { method: 'POST', headers, body });
  }, another);

  const bar = page.getByTestId('bar');
  await expect(bar).toHaveText(
    `Another user has signed in on this browser: you are ${another.username} now.`,
    { timeout: 15_000 },
  );
  await expect(accountPage.name).toHaveText(`Signed in as ${another.username}`);
  await expect(accountPage.current).toHaveValue('');
  await expect(accountPage.next).toHaveValue('');
  await expect(page.locator('input[name=username]')).toHaveValue(another.username);

  // Said until the user goes on.
  await new SessionsPage(page).visit();
  await expect(bar).toHaveText('');
});

test('a new password that ends every session leads to the login', async ({
  page,
  context,
  guard,
  stranger,
}) => {
  guard.keepOutOfAddresses(NEXT);
  // The cookie is taken back with the answer that its token is over.
  guard.expectComplaint(/status of 401/);
  const strict = await startSignet([], { SIGNET_CHECK_REVOKE_TOKEN: 'true' });
  await register(strict, stranger);
  await open(page, `${strict.url}/login`);
  await fillIn(page, stranger);
  await form(page).logIn.click();
  await new SessionPage(page).expectAlive();
  const accountPage = new AccountPage(page);
  await accountPage.visit();
  await accountPage.change(stranger.password, NEXT);

  await expect(page).toHaveURL(`${strict.url}/login`);
  await expect(page.getByRole('main')).toContainText(
    'Your password has been changed. Log in with the new one.',
  );
  await expect.poll(() => context.cookies()).toEqual([]);
  await fillIn(page, { ...stranger, password: NEXT });
  await form(page).logIn.click();
  await new SessionPage(page).expectAlive();
  await strict.stop();
});

test('that the password has been changed is said once', async ({ page, account }) => {
  await logIn(page, account);
  await open(page, '/account?changed=1');
  const accountPage = new AccountPage(page);
  await expect(accountPage.changed).toBeVisible();
  await expect(page).toHaveURL('/account');
  await page.reload();
  await untilLive(page);
  await expect(accountPage.submit).toBeVisible();
  await expect(accountPage.changed).toHaveCount(0);
});

test('without a network the page says so and keeps what was typed', async ({
  page,
  context,
  guard,
  account,
}) => {
  guard.expectComplaint(/ERR_INTERNET_DISCONNECTED/);
  await logIn(page, account);
  const accountPage = new AccountPage(page);
  await accountPage.visit();
  await context.setOffline(true);
  await expect(page.getByTestId('bar')).toContainText('You are offline.');
  await accountPage.change(account.password, NEXT);
  await expect(accountPage.errors).toContainText('What you typed is kept; try again.');

  await context.setOffline(false);
  await expect(page.getByTestId('bar')).toHaveText('');
  await expect(accountPage.next).toHaveValue(NEXT);
  await accountPage.submit.click();
  await expect(accountPage.changed).toBeVisible();
});

test('too many wrong passwords have to wait', async ({ page, guard, stranger }) => {
  guard.expectComplaint(/status of 4\d\d/);
  const strict = await startSignet([], { SIGNET_THROTTLE_LOGIN: '1/hour' });
  await open(page, `${strict.url}/register`);
  await fillIn(page, stranger);
  await form(page).register.click();
  await new SessionPage(page).expectAlive();
  const accountPage = new AccountPage(page);
  await accountPage.visit();
  await accountPage.change('not the right one', NEXT);
  await expect(accountPage.errors).toBeVisible();
  await accountPage.submit.click();
  await expect(accountPage.errors).toContainText(/Try again in 3[56]\d\d seconds\./);
  await strict.stop();
});

test.describe('when script is switched off', () => {
  test.use({ javaScriptEnabled: false });

  test('the password is changed by the form alone', async ({ page, guard, account }) => {
    guard.expectComplaint(/status of 400/);
    await page.goto('/login?next=/account');
    await fillIn(page, account);
    await form(page).logIn.click();
    await expect(page).toHaveURL('/account');
    const accountPage = new AccountPage(page);
    await accountPage.change('not the right one', NEXT);
    await expect(accountPage.errors).toContainText('Current password');
    await accountPage.change(account.password, NEXT);
    await expect(page).toHaveURL('/account?changed=1');
    await expect(accountPage.changed).toBeVisible();
  });
});
