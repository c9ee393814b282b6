// WCAG 2.2 A and AA on every page and in every state of error; the end of a session has its own
// test, which has to wait for it.

import { expectAccessible } from '../support/axe';
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
import { startSignet } from '../support/server';
import { breakDown } from '../support/stubs';
import { expect, test } from '../support/test';

for (const [name, path] of [
  ['the home page', '/'],
  ['the registration', '/register'],
  ['the login', '/login'],
  ['the sessions of nobody', '/sessions'],
  ['the account of nobody', '/account'],
  ['the logout of nobody', '/logout'],
  ['a page that is not there', '/no-such-page'],
] as const) {
  test(`${name} is accessible`, async ({ page, guard }) => {
    guard.expectComplaint(/status of 404/);
    await open(page, path);
    await expectAccessible(page, name);
  });
}

test('a refused registration is accessible', async ({ page, guard }) => {
  guard.expectComplaint(/status of 400/);
  await open(page, '/register');
  await fillIn(page, { username: 'no spaces please', password: '12345' });
  await form(page).email.fill('somebody');
  await form(page).register.click();
  await expect(form(page).errors).toBeVisible();
  await expectAccessible(page, 'a refused registration');
});

test('a refused login is accessible', async ({ page, guard }) => {
  guard.expectComplaint(/status of 401/);
  await open(page, '/login');
  await fillIn(page, { username: 'nobody-of-that-name', password: 'not the right one' });
  await form(page).logIn.click();
  await expect(form(page).errors).toBeVisible();
  await expectAccessible(page, 'a refused login');
});

test('the session of nobody is accessible', async ({ page }) => {
  await open(page, '/session');
  await new SessionPage(page).untilState('anonymous');
  await expectAccessible(page, 'the session of nobody');
});

test('a session is accessible, whatever was verified', async ({ page, guard, account }) => {
  guard.expectComplaint(/status of 401/);
  const session = await logIn(page, account);
  await expectAccessible(page, 'a session');
  await session.useAccessToken();
  await session.verify();
  await expect(session.verdict).toHaveAttribute('data-valid', 'true');
  await expectAccessible(page, 'a session with a valid token');
  await session.tamper();
  await session.verify();
  await expect(session.verdict).toHaveAttribute('data-valid', 'false');
  await expectAccessible(page, 'a session with an invalid token');
});

test('a taken name and a weak password are accessible', async ({ page, guard, account }) => {
  guard.expectComplaint(/status of 400/);
  await open(page, '/register');
  await fillIn(page, { username: account.username, password: 'Another candle, another ring' });
  await form(page).register.click();
  await expect(form(page).errors).toContainText('already exists');
  await expectAccessible(page, 'a registration with a taken name');
  await fillIn(page, { username: `${account.username}-2`, password: '12345' });
  await form(page).register.click();
  await expect(form(page).errors).toContainText('too short');
  await expectAccessible(page, 'a registration with a weak password');
});

test('forms without a network are accessible', async ({ page, context, guard, stranger }) => {
  guard.expectComplaint(/ERR_INTERNET_DISCONNECTED/);
  await open(page, '/register');
  await context.setOffline(true);
  await fillIn(page, stranger);
  await form(page).register.click();
  await expect(form(page).errors).toBeVisible();
  await expectAccessible(page, 'a registration without a network');
  await page.getByRole('navigation').getByRole('link', { name: 'Log in' }).click();
  await fillIn(page, stranger);
  await form(page).logIn.click();
  await expect(form(page).errors).toBeVisible();
  await expectAccessible(page, 'a login without a network');
});

test('waiting after too many tries is accessible', async ({ page, guard, stranger }) => {
  guard.expectComplaint(/status of 4\d\d/);
  const strict = await startSignet([], {
    SIGNET_THROTTLE_LOGIN: '1/hour',
    SIGNET_THROTTLE_REGISTER: '1/hour',
  });
  for (const [path, words] of [
    ['/login', 'Too many tries.'],
    ['/register', 'Too many tries.'],
  ] as const) {
    await open(page, strict.url + path);
    await fillIn(page, { ...stranger, password: path === '/login' ? 'wrong' : '123456' });
    const submit = form(page)[path === '/login' ? 'logIn' : 'register'];
    await submit.click();
    await expect(form(page).errors).toBeVisible();
    await submit.click();
    await expect(form(page).errors).toContainText(words);
    await expectAccessible(page, `${path}, throttled`);
  }
  await strict.stop();
});

test('the list of sessions is accessible in all its states', async ({ page, guard, account }) => {
  test.setTimeout(90_000);
  guard.expectComplaint(/status of 503/);
  await page.request.post('/auth/token/', { data: account });
  await logIn(page, account);
  const mend = await breakDown(page, 'GET', '/auth/sessions/');
  const sessions = new SessionsPage(page);
  await sessions.visit();
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  await expectAccessible(page, 'a list that did not come');
  await mend();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(sessions.devices).toHaveCount(2);
  await expectAccessible(page, 'a list of sessions');

  const mendRow = await breakDown(page, 'DELETE', '/auth/sessions/*/');
  await sessions.end(sessions.others);
  await expect(sessions.others).toContainText('could not');
  await sessions.others.getByText('User-Agent').click();
  await sessions.openEverywhere();
  await expectAccessible(page, 'a session that did not end');
  await mendRow();
  await sessions.others.getByRole('button', { name: 'End this session' }).click();
  await expect(sessions.onlyThis).toBeVisible();
  await expectAccessible(page, 'the only session');

  await expect(bar(page)).toContainText('Your session has ended.', { timeout: 45_000 });
  await expectAccessible(page, 'a list of sessions after the end');
});

test('the account is accessible in all its states', async ({ page, context, guard, account }) => {
  test.setTimeout(90_000);
  guard.expectComplaint(/status of 40\d|ERR_INTERNET_DISCONNECTED/);
  await logIn(page, account);
  const accountPage = new AccountPage(page);
  await accountPage.visit();
  await expectAccessible(page, 'the account');
  await accountPage.change('not the right one', '12345');
  await expect(accountPage.errors).toBeVisible();
  await expectAccessible(page, 'a refused change of the password');
  await accountPage.change(account.password, 'Another candle, another ring');
  await expect(accountPage.changed).toBeVisible();
  await expectAccessible(page, 'a changed password');
  await context.setOffline(true);
  await accountPage.submit.click();
  await expect(accountPage.errors).toBeVisible();
  await expect(bar(page)).toContainText('You are offline.');
  await expectAccessible(page, 'the account without a network');
  await context.setOffline(false);

  await expect(bar(page)).toContainText('Your session has ended.', { timeout: 45_000 });
  await expectAccessible(page, 'the account after the end');
  await page.locator('summary').filter({ hasText: 'Sign in again' }).click();
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(bar(page).getByTestId('error-summary')).toBeVisible();
  await expectAccessible(page, 'signing in again, refused');
  await page.getByRole('navigation').getByRole('link', { name: 'Home' }).click();
  await expectAccessible(page, 'the home page after the end');
  // No link leads to these from here, but the browser's history may.
  for (const path of ['/register', '/login']) {
    await page.evaluate((path) => {
      history.pushState(null, '', path);
      dispatchEvent(new PopStateEvent('popstate'));
    }, path);
    await expect(form(page).username).toBeVisible();
    await expectAccessible(page, `${path} after the end`);
  }
});

test('a session is accessible while it is found again, tried again and without a network', async ({
  page,
  context,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 503|ERR_INTERNET_DISCONNECTED/);
  const session = await logIn(page, account);
  await context.setOffline(true);
  await session.untilState('offline');
  await expectAccessible(page, 'a session without a network');
  await context.setOffline(false);
  await session.expectAlive();
  const mend = await breakDown(page, 'POST', '/auth/token/refresh/');
  await session.untilState('retrying', 15);
  await expectAccessible(page, 'a session that is tried again');
  await mend();
  await session.expectAlive();

  // An answer that lets wait for itself.
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/auth/token/refresh/', async (route) => {
    await asked;
    await route.continue();
  });
  await open(page, '/session');
  await session.untilState('restoring');
  await expectAccessible(page, 'a session that is being found again');
  answer();
  await session.expectAlive();
});
