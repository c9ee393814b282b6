import { fillIn, form, logIn, open, SessionPage } from '../support/pages';
import { expectNoStoredToken } from '../support/guard';
import { expect, test } from '../support/test';

test('logging in shows who you are and how long it will last', async ({ page, account }) => {
  const session = await logIn(page, account);

  await expect(session.me).toContainText(account.username);
  await expect(session.claims).toContainText('token_type');
  await expect(session.claims).toContainText('"access"');
  await expect(session.events('issued')).toHaveCount(1);
  // Lifetimes of 10 s and 30 s, of which a little has passed.
  await expect.poll(() => session.seconds(session.accessLeft)).toBeGreaterThan(0);
  expect(await session.seconds(session.accessLeft)).toBeLessThanOrEqual(10);
  expect(await session.seconds(session.refreshLeft)).toBeGreaterThan(15);
  expect(await session.seconds(session.refreshLeft)).toBeLessThanOrEqual(30);
});

test('both lifetimes count down', async ({ page, account }) => {
  const session = await logIn(page, account);
  const before = await session.seconds(session.refreshLeft);
  await expect.poll(() => session.seconds(session.refreshLeft)).toBeLessThan(before - 1);
});

test('a wrong password and an unknown name are answered alike, and the name is kept', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 401/);
  const said: string[] = [];
  for (const username of [account.username, 'nobody-of-that-name']) {
    await open(page, '/login');
    await fillIn(page, { username, password: 'not the right one' });
    await form(page).logIn.click();
    await expect(form(page).errors).toBeFocused();
    await expect(form(page).username).toHaveValue(username);
    await expect(page).toHaveTitle(/^Error: /);
    said.push(await form(page).errors.innerText());
  }
  expect(said[0]).toBe(said[1]);
  expect(guard.statuses('POST', '/auth/token/')).toEqual([401, 401]);
});

test('after a wrong password the right one works', async ({ page, guard, account }) => {
  guard.expectComplaint(/status of 401/);
  await open(page, '/login');
  await fillIn(page, { username: account.username, password: 'not the right one' });
  await form(page).logIn.click();
  await expect(form(page).errors).toBeVisible();

  await form(page).password.fill(account.password);
  await form(page).logIn.click();
  await expect(page).toHaveURL('/session');
});

test('what is typed outlives a session that comes and goes in another tab', async ({
  page,
  context,
  account,
}) => {
  await open(page, '/login');
  await form(page).username.fill('half a na');
  const other = await context.newPage();
  await logIn(other, account);
  await expect(page.getByText('You are signed in already.')).toBeVisible();
  await expect(form(page).username).toBeHidden();

  await new SessionPage(other).logOut();
  await expect(form(page).username).toBeVisible();
  await expect(form(page).username).toHaveValue('half a na');
});

test('script on the page finds no token that outlives it', async ({ page, context, account }) => {
  await logIn(page, account);
  await expectNoStoredToken(page);

  const cookies = await context.cookies();
  const withToken = cookies.filter((cookie) => cookie.value.startsWith('eyJ'));
  expect(withToken).toHaveLength(1);
  expect(withToken[0]).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  // What the server draws for somebody who is signed in holds no token either.
  const drawn = await page.request.get('/session');
  expect(await drawn.text()).not.toMatch(/eyJ/);
});

for (const [query, words] of [
  ['registered=1', 'Your account is there.'],
  ['changed=1', 'Your password has been changed.'],
]) {
  test(`what ${query} says is said once, and where the login leads to stays`, async ({ page }) => {
    await open(page, `/login?${query}&next=%2Faccount`);
    const main = page.getByRole('main');
    await expect(main).toContainText(words);
    await expect(page).toHaveURL('/login?next=%2Faccount');
    await expect(main).toContainText(words);
    await page.reload();
    await expect(page.locator('html')).toHaveAttribute('data-hydrated');
    await expect(main).not.toContainText(words);
    await expect(page.locator('input[name=next]')).toHaveValue('/account');
  });
}
