import { open, untilLive } from '../support/pages';
import { expect, test } from '../support/test';

test('a page that is not there says so, to people and to programs', async ({ page, guard }) => {
  guard.expectComplaint(/status of 404/);
  const answer = await page.goto('/no-such-page');
  expect(answer?.status()).toBe(404);
  await untilLive(page);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.getByRole('main').getByRole('link').first().click();
  await expect(page).toHaveURL('/');
});

test('the pages that are there lead to each other', async ({ page }) => {
  await open(page, '/');
  const navigation = page.getByRole('navigation').first();
  for (const [name, path] of [
    ['Log in', '/login'],
    ['Register', '/register'],
    ['Session', '/session'],
    ['Home', '/'],
  ] as const) {
    await navigation.getByRole('link', { name, exact: true }).click();
    await expect(page).toHaveURL(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  }
});
