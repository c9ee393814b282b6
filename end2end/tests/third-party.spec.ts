// A frontend on another origin: end2end/third-party, in a browser that enforces CORS.

import type { Page } from '@playwright/test';
import { expectAccessible } from '../support/axe';
import type { Account } from '../support/test';
import { expect, test } from '../support/test';

/** The n-th answer that the page shows. */
function answer(page: Page, index: number) {
  return page.getByRole('log').getByRole('listitem').nth(index);
}

async function logIn(page: Page, account: Account): Promise<void> {
  await page.getByLabel('Username').fill(account.username);
  await page.getByLabel('Password').fill(account.password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

test('a page on an allowed origin logs in, refreshes, verifies and logs out', async ({
  page,
  guard,
  signet,
  thirdParty,
  account,
}) => {
  guard.expectComplaint(/status of 401/);
  await page.goto(`${thirdParty.allowed}/?api=${signet.url}`);
  const press = (name: string) => page.getByRole('button', { name }).click();

  await logIn(page, account);
  await expect(answer(page, 0)).toContainText(/^Log in 200 \{"refresh":"eyJ.*"access":"eyJ/);
  await press('Who am I?');
  await expect(answer(page, 1)).toContainText(`"username":"${account.username}"`);
  await press('Refresh');
  await expect(answer(page, 2)).toContainText(/^Refresh 200 \{"access":"eyJ/);
  await press('Verify');
  await expect(answer(page, 3)).toHaveText('Verify 200 {}');
  await press('Log out');
  await expect(answer(page, 4)).toHaveText('Log out 200 {}');

  await press('Refresh');
  await expect(answer(page, 5)).toContainText('401 {"detail":"Token is blacklisted"');
  await press('Who am I?');
  await expect(answer(page, 6)).toContainText('Authentication credentials were not provided.');
});

test('a refusal of the server reaches a page on an allowed origin', async ({
  page,
  guard,
  signet,
  thirdParty,
  account,
}) => {
  guard.expectComplaint(/status of 401/);
  await page.goto(`${thirdParty.allowed}/?api=${signet.url}`);
  await logIn(page, { ...account, password: 'not the right one' });
  await expect(answer(page, 0)).toContainText(
    '401 {"detail":"No active account found with the given credentials"}',
  );
});

test('the browser keeps the answers from a page on any other origin', async ({
  page,
  guard,
  signet,
  thirdParty,
  account,
}) => {
  guard.expectComplaint(/blocked by CORS policy/);
  guard.expectComplaint(/net::ERR_FAILED/);
  await page.goto(`${thirdParty.refused}/?api=${signet.url}`);
  await logIn(page, account);

  await expect(answer(page, 0)).toContainText('No answer.');
  await expect(answer(page, 0)).toContainText(`CORS list does not name ${thirdParty.refused}`);
  await expect(page.getByRole('log')).not.toContainText('eyJ');
  // It was the browser that refused: the server is there, and its answer named no origin.
  await expect
    .poll(() => guard.complaints.join('\n'))
    .toMatch(/blocked by CORS policy.*No 'Access-Control-Allow-Origin' header is present/);
});

test('the page itself is accessible', async ({ page, signet, thirdParty }) => {
  await page.goto(`${thirdParty.allowed}/?api=${signet.url}`);
  await expectAccessible(page, 'the third-party page');
});
