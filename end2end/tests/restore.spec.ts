import { expectNoStoredToken } from '../support/guard';
import { form, logIn, open, SessionPage, untilLive } from '../support/pages';
import { expect, test } from '../support/test';

test('a reload keeps you signed in', async ({ page, guard, account }) => {
  await logIn(page, account);

  await page.reload();
  await untilLive(page);
  const session = new SessionPage(page);
  await session.expectAlive();
  await expect(session.me).toContainText(account.username);
  await expectNoStoredToken(page);
  expect(guard.responses.filter((response) => response.status() >= 400)).toEqual([]);
});

test('the home page opens the session of somebody who is signed in', async ({ page, account }) => {
  await logIn(page, account);
  await open(page, '/');
  await page.getByRole('main').getByRole('link', { name: 'Open your session' }).click();
  await new SessionPage(page).expectAlive();
});

test('a stranger is asked to log in, without an error in the console', async ({ page, guard }) => {
  await open(page, '/session');
  await new SessionPage(page).untilState('anonymous');
  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await expect(form(page).username).toBeVisible();
  expect(guard.statuses('POST', '/auth/token/refresh/')).toEqual([]);
});

test('a page that is closed and opened again finds the session', async ({
  page,
  context,
  account,
}) => {
  await logIn(page, account);
  await page.close();
  const later = await context.newPage();
  await open(later, '/session');
  const session = new SessionPage(later);
  await session.expectAlive();
  await expect(session.me).toContainText(account.username);
});
