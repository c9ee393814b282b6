// A session while nobody looks: hidden, asleep, without a network.

import { logIn } from '../support/pages';
import { expect, test } from '../support/test';

const REFRESH = '/auth/token/refresh/';

test('a hidden tab keeps its session', async ({ page, guard, account }) => {
  const session = await logIn(page, account);
  const show = (visibility: string) =>
    page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: state });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, visibility);
  await show('hidden');
  await expect.poll(() => session.renewalCount(), { timeout: 20_000 }).toBe(2);
  await show('visible');
  await session.expectAlive();
  // Looking again is no reason to ask again.
  expect(guard.statuses('POST', REFRESH)).toEqual([200, 200]);
});

test('a laptop that slept for a while renews at once, and asks nothing with its old token', async ({
  page,
  guard,
  account,
}) => {
  await page.clock.install();
  const session = await logIn(page, account);
  await expect(session.me).toContainText(account.username);
  await page.clock.fastForward(15_000);
  await expect.poll(() => session.renewalCount(), { timeout: 3_000 }).toBe(1);
  await session.expectAlive();
  expect(guard.statuses('POST', REFRESH)).toEqual([200]);
  expect(guard.responses.filter((response) => response.status() >= 400)).toEqual([]);
});

test('a laptop that slept through the session wakes up to its end', async ({
  page,
  guard,
  account,
}) => {
  await page.clock.install();
  const session = await logIn(page, account);
  await session.token.fill('what I was about to verify');
  await page.clock.fastForward('01:00:00');
  await session.untilState('expired', 3);
  await expect(session.expiredNotice).toBeVisible();
  await expect(session.token).toHaveValue('what I was about to verify');
  expect(guard.statuses('POST', REFRESH)).toEqual([]);
});

test('a network that is cut during a renewal and comes back loses nothing', async ({
  page,
  context,
  guard,
  account,
}) => {
  guard.expectComplaint(/ERR_|Failed to load resource/);
  const session = await logIn(page, account);
  let cut = false;
  await page.route(`**${REFRESH}`, async (route) => {
    if (cut) return route.continue();
    cut = true;
    await context.setOffline(true);
    return route.abort('internetdisconnected');
  });
  await session.untilState('offline', 12);
  const asked = guard.addresses.filter((address) => address.endsWith(REFRESH)).length;

  // Nothing is tried without a network, and the tokens are kept.
  const begun = Date.now();
  await expect.poll(() => Date.now() - begun).toBeGreaterThan(2_000);
  await session.untilState('offline');
  expect(guard.addresses.filter((address) => address.endsWith(REFRESH)).length).toBe(asked);

  await context.setOffline(false);
  await session.expectAlive();
  await expect.poll(() => session.renewalCount()).toBe(1);
});
