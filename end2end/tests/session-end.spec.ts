import { expectAccessible } from '../support/axe';
import { form, logIn } from '../support/pages';
import { expect, test } from '../support/test';

test('when the refresh token ends the page says so, then asks to sign in and is kept', async ({
  page,
  guard,
  account,
}) => {
  test.setTimeout(90_000);
  const session = await logIn(page, account);
  await session.token.fill('what I was about to verify');

  await session.untilState('final', 35);
  await expect(session.finalNotice).toBeVisible();
  await expect(session.expiredNotice).toBeHidden();
  await expectAccessible(page, 'a session that cannot be renewed');

  await session.untilState('expired', 20);
  await expect(session.expiredNotice).toBeVisible();
  await expect(session.finalNotice).toBeHidden();
  await expect(page).toHaveURL('/session');
  await expect(session.token).toHaveValue('what I was about to verify');
  await expectAccessible(page, 'an expired session');

  // All the way nothing was sent with a token that had ended.
  expect(guard.responses.filter((response) => response.status() >= 400)).toEqual([]);
  expect(guard.statuses('POST', '/auth/token/refresh/').length).toBeGreaterThanOrEqual(4);

  // And the way back in, on the very page.
  await expect(form(page).username).toHaveValue(account.username);
  await form(page).password.fill(account.password);
  await form(page).logIn.click();
  await session.expectAlive();
  await expect(page).toHaveURL('/session');
  await expect(session.token).toHaveValue('what I was about to verify');
});
