import { logIn } from '../support/pages';
import { expect, test } from '../support/test';

test('the own access token is valid; with one character changed it is not', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 401/);
  const session = await logIn(page, account);

  await session.useAccessToken();
  await expect(session.token).toHaveValue(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
  await session.verify();
  await expect(session.verdict).toHaveAttribute('data-valid', 'true');
  await expect(session.events('verified')).toHaveCount(1);

  const before = await session.token.inputValue();
  await session.tamper();
  const after = await session.token.inputValue();
  expect(after).toHaveLength(before.length);
  expect([...after].filter((character, index) => character !== before[index])).toHaveLength(1);
  await session.verify();
  await expect(session.verdict).toHaveAttribute('data-valid', 'false');
  await expect(session.verdict).toContainText('Token is invalid');
  await expect(session.events('rejected')).toHaveCount(1);
  expect(guard.statuses('POST', '/auth/token/verify/')).toEqual([200, 401]);
  await session.expectAlive();
});

test('any token can be pasted, and one that has ended is not valid', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/status of 401/);
  const session = await logIn(page, account);
  await session.useAccessToken();
  const issued = Date.now();
  // Its ten seconds go by while the page holds newer ones.
  await page.waitForFunction((then) => Date.now() - then > 10_500, issued);

  await session.verify();
  await expect(session.verdict).toHaveAttribute('data-valid', 'false');
  await expect(session.verdict).toContainText('Token is expired');
  await session.expectAlive();
});
