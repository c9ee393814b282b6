// Narrow windows and large text (WCAG 1.4.4, 1.4.10): nothing scrolls sideways, and no number covers
// another, with the longest name that is allowed.

import type { Page } from '@playwright/test';
import { AccountPage, form, logIn, open } from '../support/pages';
import { type Account, expect, register, test } from '../support/test';

// Countdowns with long words: "59 min 57 s" beside "9 min 59 s".
test.use({
  settings: { SIGNET_ACCESS_TOKEN_LIFETIME: '10m', SIGNET_REFRESH_TOKEN_LIFETIME: '1h' },
});

const SIZES = [
  { width: 320, rootFont: '100%' },
  { width: 390, rootFont: '200%' },
];

/** Measures the page as it is, in each size. */
async function expectToFit(page: Page, what: string): Promise<void> {
  for (const { width, rootFont } of SIZES) {
    await page.setViewportSize({ width, height: 844 });
    await page.evaluate((size) => {
      document.documentElement.style.fontSize = size;
    }, rootFont);
    const measured = await page.evaluate(() => {
      // The gutter of the scroll bar is no room for content.
      const width = document.body.offsetWidth;
      const tooWide = document.documentElement.scrollWidth > width;
      const beyond = [...document.body.querySelectorAll('*')]
        .filter((element) => tooWide && element.getBoundingClientRect().right > width)
        .map((element) => `${element.localName}.${element.className}`);
      const boxes = [...document.querySelectorAll('.number, nav a, .button, .event > span')]
        .filter((element) => element.checkVisibility())
        .map((element) => {
          const range = document.createRange();
          range.selectNodeContents(element);
          return { words: element.textContent, box: range.getBoundingClientRect() };
        })
        .filter(({ box }) => box.width > 0);
      const overlaps = boxes.flatMap((one, index) =>
        boxes
          .slice(index + 1)
          .filter(
            ({ box }) =>
              Math.min(box.right, one.box.right) - Math.max(box.left, one.box.left) > 1 &&
              Math.min(box.bottom, one.box.bottom) - Math.max(box.top, one.box.top) > 1,
          )
          .map((other) => `${one.words} | ${other.words}`),
      );
      return { beyond, overlaps };
    });
    const where = `${what}, ${width} px, text of ${rootFont}`;
    expect.soft(measured, where).toEqual({ beyond: [], overlaps: [] });
  }
}

test('pages fit a narrow window and large text', async ({ page, guard }) => {
  guard.expectComplaint(/status of 404/);
  for (const path of ['/', '/register', '/login', '/session', '/sessions', '/no-such-page']) {
    await open(page, path);
    await expectToFit(page, path);
  }
});

test('the pages of the longest name fit a narrow window and large text', async ({
  page,
  signet,
  stranger,
}) => {
  const somebody: Account = { ...stranger, username: stranger.username.padEnd(150, 'w') };
  await register(signet, somebody);
  await logIn(page, somebody);
  await expect(page.getByTestId('me')).toContainText(somebody.username);
  await expectToFit(page, 'the session');
  for (const path of ['/', '/sessions', '/account', '/login']) {
    await open(page, path);
    if (path === '/sessions') await expect(page.getByTestId('device')).toHaveCount(1);
    await expectToFit(page, `${path}, signed in`);
  }
});

test('errors fit a narrow window and large text', async ({ page, signet, stranger, guard }) => {
  guard.expectComplaint(/status of 4\d\d/);
  const somebody: Account = { ...stranger, username: stranger.username.padEnd(150, 'w') };
  await register(signet, somebody);

  await open(page, '/login');
  await form(page).username.fill(somebody.username);
  await form(page).password.fill('wrong');
  await form(page).logIn.click();
  await expect(form(page).errors).toContainText('No active account');
  await expectToFit(page, 'a failed login');

  await open(page, '/register');
  await form(page).username.fill(somebody.username);
  await form(page).email.fill('not-an-address'.repeat(15));
  await form(page).password.fill('12345');
  await form(page).register.click();
  await expect(form(page).errors).toContainText('too common');
  await expectToFit(page, 'a failed registration');

  await logIn(page, somebody);
  await open(page, '/account');
  const account = new AccountPage(page);
  await account.change('wrong', '12345');
  await expect(account.errors).toContainText('too common');
  await expectToFit(page, 'a failed change of the password');
});
