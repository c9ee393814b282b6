// A server that wants access tokens in a header of its own.

import { logIn } from '../support/pages';
import { expect, test } from '../support/test';

test.use({ settings: { SIGNET_AUTH_HEADER_NAME: 'X-Seal', SIGNET_AUTH_HEADER_TYPES: 'JWT,Bearer' } });

test('the page shows its token the way the settings ask for', async ({ page, guard, account }) => {
  const asked = page.waitForRequest('**/auth/me/');
  const session = await logIn(page, account);
  await expect(session.me).toContainText(account.username);
  expect((await asked).headers()['x-seal']).toMatch(/^JWT eyJ/);
  expect((await asked).headers()['authorization']).toBeUndefined();
  expect(guard.statuses('GET', '/auth/me/')).toEqual([200]);
});
