import { logIn, open } from '../support/pages';
import { expect, test } from '../support/test';

test('logging out ends the session here and at the server', async ({
  page,
  context,
  guard,
  account,
}) => {
  const session = await logIn(page, account);
  const cookies = await context.cookies();
  const refresh = cookies.find((cookie) => cookie.httpOnly)?.value;
  expect(refresh).toMatch(/^eyJ/);
  expect(cookies.some((cookie) => cookie.name.startsWith('session-hint'))).toBe(true);

  await session.logOut();
  await session.expectGone();
  await expect.poll(() => context.cookies()).toEqual([]);
  await expect.poll(() => guard.statuses('POST', '/auth/token/blacklist/')).toEqual([200]);

  // Whoever had copied the refresh token holds nothing.
  const answer = await page.request.post('/auth/token/refresh/', { data: { refresh } });
  expect(answer.status()).toBe(401);
  expect(await answer.json()).toEqual({
    detail: 'Token is blacklisted',
    code: 'token_not_valid',
  });
});

test('the back button does not bring a session back', async ({ page, account }) => {
  const session = await logIn(page, account);
  await expect(session.me).toContainText(account.username);
  await session.logOut();
  await session.expectGone();

  // Back within the page, where all its script still runs.
  await page.goBack();
  await expect(page).toHaveURL('/session');
  await session.untilState('anonymous');
  await expect(page.getByText(account.username)).toHaveCount(0);

  // Back to a page that the browser may have kept.
  await open(page, '/');
  await page.goBack();
  await expect(page).toHaveURL('/session');
  await session.untilState('anonymous');
  await expect(page.getByText(account.username)).toHaveCount(0);
});
