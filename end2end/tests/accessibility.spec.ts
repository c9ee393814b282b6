// WCAG 2.2 A and AA on every page and in every state of error; the end of a session has its own
// test, which has to wait for it.

import { expectAccessible } from '../support/axe';
import { fillIn, form, logIn, open, SessionPage } from '../support/pages';
import { expect, test } from '../support/test';

for (const [name, path] of [
  ['the home page', '/'],
  ['the registration', '/register'],
  ['the login', '/login'],
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
