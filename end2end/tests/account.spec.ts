// Changing the password.

import { AccountPage, fillIn, form, logIn, open, SessionPage, SessionsPage } from '../support/pages';
import { startSignet } from '../support/server';
import { expect, test } from '../support/test';

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
  await page.locator('summary').filter({ hasText: 'Sign in again' }).click();
  await expect(page.getByLabel('Username')).toHaveValue(account.username);
  await page.getByLabel('Password', { exact: true }).fill(account.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(bar).toHaveText('');

  await expect(accountPage.next).toHaveValue(NEXT);
  await accountPage.submit.click();
  await expect(accountPage.changed).toBeVisible();
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
