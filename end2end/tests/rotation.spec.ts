// A server that rotates refresh tokens and takes the reuse of a spent one for theft.

import type { BrowserContext } from '@playwright/test';
import { deliver, slowWay, type Unheard } from '../support/network';
import { fillIn, form, logIn, open, SessionPage, untilLive } from '../support/pages';
import { expect, test } from '../support/test';

const REFRESH = '/auth/token/refresh/';

/** How long the five tabs are kept open. */
const MINUTES = Number(process.env.FIVE_TABS_MINUTES ?? '1');

test.use({
  settings: {
    SIGNET_ROTATE_REFRESH_TOKENS: 'true',
    SIGNET_BLACKLIST_AFTER_ROTATION: 'true',
    // That the default of two seconds is enough is shown in simulated time (`app/tests/session/`):
    // here the clock is real, and the machine may be busy.
    SIGNET_ROTATION_GRACE: '5s',
  },
});

async function refreshCookie(context: BrowserContext): Promise<string | undefined> {
  return (await context.cookies()).find((cookie) => cookie.httpOnly)?.value;
}

test('each renewal brings a new cookie, and the session outlives the first', async ({
  page,
  context,
  guard,
  account,
}) => {
  test.setTimeout(60_000);
  const session = await logIn(page, account);
  const cookies = new Set([await refreshCookie(context)]);
  for (let renewals = 1; renewals <= 5; renewals += 1) {
    await expect.poll(() => session.renewalCount(), { timeout: 12_000 }).toBe(renewals);
    cookies.add(await refreshCookie(context));
  }
  expect(cookies.size).toBe(6);
  await session.expectAlive();
  expect(guard.responses.filter((response) => response.status() >= 400)).toEqual([]);
});

test('a page that is loaded again and one that is opened anew keep the session', async ({
  page,
  context,
  guard,
  account,
}) => {
  await logIn(page, account);
  for (let times = 0; times < 3; times += 1) {
    await page.reload();
    await untilLive(page);
    await new SessionPage(page).expectAlive();
  }
  await page.close();
  const later = await context.newPage();
  await open(later, '/session');
  await expect(new SessionPage(later).me).toContainText(account.username);
  expect(guard.responses.filter((response) => response.status() >= 400)).toEqual([]);
});

test('an answer that is lost on its way loses nobody the session', async ({
  page,
  guard,
  account,
}) => {
  guard.expectComplaint(/ERR_|Failed to load resource/);
  const session = await logIn(page, account);
  const lost: Unheard[] = [];
  await page.route(`**${REFRESH}`, async (route) => {
    if (lost.length > 0) return route.continue();
    lost.push(await deliver(route));
    return route.abort('connectionreset');
  });

  await expect.poll(() => session.renewalCount(), { timeout: 20_000 }).toBe(2);
  // The server had renewed, and spent the token that the browser went on with.
  expect(lost.map((answer) => answer.status)).toEqual([200]);
  await session.expectAlive();
  expect(guard.responses.filter((response) => response.status() >= 400)).toEqual([]);
});

test('an answer that never comes is asked for again in time', async ({ page, guard, account }) => {
  guard.expectComplaint(/ERR_|Failed to load resource/);
  const session = await logIn(page, account);
  let swallowed = false;
  await page.route(`**${REFRESH}`, async (route) => {
    if (swallowed) return route.continue();
    swallowed = true;
    // The server has answered; the page never hears of it.
    await deliver(route);
  });

  await expect.poll(() => session.renewalCount(), { timeout: 20_000 }).toBe(2);
  await session.expectAlive();
  expect(guard.responses.filter((response) => response.status() >= 400)).toEqual([]);
});

test('a renewal that is under way when the user logs out does not bring the session back', async ({
  page,
  context,
  guard,
  signet,
  account,
}) => {
  guard.expectComplaint(/status of 401/);
  const way = await slowWay(signet.url);
  try {
    await page.goto(`${way.url}/login`);
    await untilLive(page);
    await fillIn(page, account);
    await form(page).logIn.click();
    const session = new SessionPage(page);
    await session.expectAlive();
    way.hold(REFRESH);
    // The server has renewed; the next cookie is on its way.
    await expect.poll(() => way.held().answers.length, { timeout: 12_000 }).toBe(1);

    await session.logOut();
    await session.expectGone();
    await expect.poll(() => way.held().brokenOff).toBe(1);
    await expect.poll(() => guard.statuses('POST', '/auth/token/blacklist/').length).toBe(1);
    way.release();
    await page.goto(`${way.url}/session`);
    await untilLive(page);
    await session.untilState('anonymous');
    expect(await refreshCookie(context)).toBeUndefined();

    // The session has ended at the server, with the token that nobody was to have.
    const refresh = /signet-refresh-\d+=([^;]+)/.exec(way.held().answers[0] ?? '')?.[1];
    expect(refresh).toMatch(/^eyJ/);
    const answer = await fetch(`${signet.url}${REFRESH}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ refresh }),
    });
    expect(answer.status).toBe(401);
  } finally {
    await way.stop();
  }
});

test(`five tabs, ${MINUTES} min, and nobody is logged out`, async ({
  page,
  context,
  guard,
  account,
}) => {
  test.setTimeout((MINUTES + 1) * 60_000);
  const sessions = [await logIn(page, account)];
  while (sessions.length < 5) {
    const tab = await context.newPage();
    await open(tab, '/session');
    sessions.push(new SessionPage(tab));
  }
  const begun = Date.now();
  const asked = guard.statuses('POST', REFRESH).length;
  while (Date.now() - begun < MINUTES * 60_000) {
    for (const session of sessions) {
      await session.expectAlive();
      await expect(session.me).toContainText(account.username);
    }
    await page.waitForFunction((then) => Date.now() - then > 1_000, Date.now());
  }
  for (const session of sessions) {
    await expect(session.events('rejected')).toHaveCount(0);
    await expect(session.events('ended')).toHaveCount(0);
  }
  expect(guard.responses.filter((response) => response.status() >= 400)).toEqual([]);
  // One tab renews for all: every 6.5 s or so.
  const renewals = guard.statuses('POST', REFRESH).length - asked;
  expect(renewals).toBeGreaterThan(MINUTES * 7);
  expect(renewals).toBeLessThan(MINUTES * 13);
});
