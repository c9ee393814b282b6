// Where a login leads, which name it takes, and what other cookies and settings do to it.

import { fillIn, form, logIn, open, SessionPage, untilLive } from '../support/pages';
import { startSignet } from '../support/server';
import { expect, register, test } from '../support/test';

/** Letters and digits as an input method for full width writes them. */
function fullWidth(text: string): string {
  return text.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0));
}

for (const next of ['/.//host', '/..//host', '/./\\host', '/%2e//host', '/\t.//host', '/x/..//host']) {
  test(`a login leads to the session and not to ${JSON.stringify(next)}`, async ({
    page,
    account,
  }) => {
    await open(page, `/login?next=${encodeURIComponent(next)}`);
    await fillIn(page, account);
    await form(page).logIn.click();
    await expect(page).toHaveURL('/session');
    await new SessionPage(page).expectAlive();
  });
}

test('a page whose address starts with two slashes is alive', async ({ page, guard, signet }) => {
  guard.expectComplaint(/status of 404/);
  await page.goto(`${signet.url}//host`);
  await untilLive(page);
  await page.getByRole('link', { name: 'Go to the home page' }).click();
  await expect(page).toHaveURL('/');
});

test('a name typed in full width registers, and logs in as typed', async ({ page, stranger }) => {
  const typed = { username: ` ${fullWidth(stranger.username)}`, password: stranger.password };
  await open(page, '/register');
  await fillIn(page, typed);
  await form(page).register.click();
  await expect(page).toHaveURL('/session');
  const session = new SessionPage(page);
  await session.expectAlive();
  await expect(session.me).toContainText(stranger.username);
  await session.logOut();
  await session.expectGone();
  await logIn(page, typed);
  await expect(session.me).toContainText(stranger.username);
});

test('a name is judged after it is normalised, and comes back as typed', async ({
  page,
  guard,
  stranger,
}) => {
  guard.expectComplaint(/status of 400/);
  await open(page, '/register');
  await fillIn(page, { username: '½', password: stranger.password });
  await form(page).register.click();
  await expect(form(page).errors).toContainText('Enter a valid username.');
  await expect(form(page).username).toHaveValue('½');
});

test("another application's cookie ends no session", async ({ page, account }) => {
  await logIn(page, account);
  await page.evaluate(() => {
    document.cookie = 'other=café 日本; path=/';
  });
  await page.reload();
  await untilLive(page);
  const session = new SessionPage(page);
  await session.expectAlive();
  await expect(session.me).toContainText(account.username);
});

test('the address of the logout has a button that logs out', async ({ page, context, account }) => {
  await logIn(page, account);
  await open(page, '/logout');
  await page.getByRole('main').getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/');
  await expect.poll(() => context.cookies()).toEqual([]);
  await open(page, '/logout');
  await expect(page.getByTestId('logout-state')).toHaveText('You are not signed in.');
});

test('a page tells a developer that PUBLIC_URL is elsewhere', async ({ page, guard, stranger }) => {
  await open(page, '/login');
  const note = page.getByTestId('public-url-note');
  await expect(note).toBeHidden();

  // The cookie may be dropped there.
  guard.expectComplaint(/status of 401/);
  const elsewhere = await startSignet([], { SIGNET_PUBLIC_URL: 'https://id.example' });
  await register(elsewhere, stranger);
  await open(page, `${elsewhere.url}/login`);
  await expect(note).toContainText(`This page came from ${elsewhere.url}`);
  await expect(note).toContainText('PUBLIC_URL is https://id.example');
  await expect(note).toContainText(`Set PUBLIC_URL=${elsewhere.url}`);
  expect(elsewhere.said().match(/a browser found the web UI at/g)).toHaveLength(1);
  await elsewhere.stop();
});
