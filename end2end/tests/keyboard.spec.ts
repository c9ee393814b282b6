import type { Locator, Page } from '@playwright/test';
import { form, open, SessionPage } from '../support/pages';
import { expect, test } from '../support/test';

/** Presses Tab until `target` has the focus, and checks that one can see that it has. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) {
      const outline = await target.evaluate((element) => getComputedStyle(element).outlineStyle);
      expect(outline, 'the focus can be seen').not.toBe('none');
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${target}`);
}

test('register, log in, verify and log out need no mouse', async ({ page, stranger }) => {
  await open(page, '/');
  await tabTo(page, page.getByRole('main').getByRole('link', { name: 'Create an account' }));
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL('/register');
  // A new page begins at its heading, also for who does not see it.
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await tabTo(page, form(page).username);
  await page.keyboard.type(stranger.username);
  await tabTo(page, form(page).password);
  await page.keyboard.type(stranger.password);
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL('/session');
  const session = new SessionPage(page);
  await session.expectAlive();
  await tabTo(page, page.getByTestId('logout'));
  await page.keyboard.press('Enter');
  await session.expectGone();

  await tabTo(page, page.getByRole('navigation').getByRole('link', { name: 'Log in' }));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/login');
  await tabTo(page, form(page).username);
  await page.keyboard.type(stranger.username);
  await tabTo(page, form(page).password);
  await page.keyboard.type(stranger.password);
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL('/session');
  await session.expectAlive();
  await tabTo(page, page.getByTestId('verify-use-access'));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByTestId('verify-submit'));
  await page.keyboard.press('Enter');
  await expect(session.verdict).toHaveAttribute('data-valid', 'true');

  // Log out may come before the panel in the page: Tab goes round.
  await tabTo(page, page.getByTestId('logout'));
  await page.keyboard.press('Enter');
  await session.expectGone();
});

test('the skip link leads to the content', async ({ page }) => {
  await open(page, '/');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('main').getByRole('link').first()).toBeFocused();
});
