import { logIn } from '../support/pages';
import { expect, test } from '../support/test';

test('the session renews itself over more than two lifetimes, and nothing is refused', async ({
  page,
  guard,
  account,
}) => {
  test.setTimeout(60_000);
  const begun = Date.now();
  const session = await logIn(page, account);
  const firstToken = await session.claims.textContent();

  // The third renewal comes at about 20 s; the first access token was dead at 10.
  await expect.poll(() => session.renewalCount(), { timeout: 30_000 }).toBe(3);
  await page.waitForFunction((then) => Date.now() - then > 22_000, begun);

  await session.expectAlive();
  await expect(session.events('renewed')).toHaveCount(3);
  expect(await session.claims.textContent()).not.toBe(firstToken);
  expect(guard.statuses('POST', '/auth/token/refresh/')).toEqual([200, 200, 200]);
  const me = guard.statuses('GET', '/auth/me/');
  expect(me.length).toBeGreaterThan(0);
  expect(me.filter((status) => status !== 200)).toEqual([]);
  expect(guard.responses.filter((response) => response.status() >= 400)).toEqual([]);
});

test('each renewal comes before the access token is over', async ({ page, account }) => {
  const session = await logIn(page, account);
  // Every change of the display is noted, so that none is missed.
  await page.evaluate(() => {
    const shown: number[] = [];
    Object.assign(window, { shown });
    const display = document.querySelector('[data-testid="access-left"]')!;
    const note = () => shown.push(Number.parseFloat(display.textContent ?? ''));
    new MutationObserver(note).observe(display, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  await expect.poll(() => session.renewalCount(), { timeout: 20_000 }).toBe(2);
  const shown = await page.evaluate(() => (window as unknown as { shown: number[] }).shown);
  expect(shown.length).toBeGreaterThan(10);
  expect(Math.min(...shown)).toBeGreaterThan(0);
});

test('a renewal that the network swallows is tried again', async ({ page, guard, account }) => {
  guard.expectComplaint(/ERR_|Failed to load resource/);
  const session = await logIn(page, account);
  let swallowed = 0;
  await page.route('**/auth/token/refresh/', (route) => {
    swallowed += 1;
    return swallowed === 1 ? route.abort('connectionreset') : route.continue();
  });

  await expect.poll(() => session.renewalCount(), { timeout: 20_000 }).toBe(1);
  expect(swallowed).toBeGreaterThan(1);
  await session.expectAlive();
});
