// Several tabs of one browser: one session.

import { randomBytes } from 'node:crypto';
import { logIn, open, SessionPage, untilLive } from '../support/pages';
import { startSignet } from '../support/server';
import { expect, register, test } from '../support/test';

const REFRESH = '/auth/token/refresh/';

test('logging out in one tab ends the session in the other within a second', async ({
  page,
  context,
  guard,
  account,
}) => {
  const here = await logIn(page, account);
  const other = await context.newPage();
  await open(other, '/session');
  const there = new SessionPage(other);
  await expect(there.me).toContainText(account.username);

  await here.logOut();
  await expect(there.state).toHaveAttribute('data-state', 'anonymous', { timeout: 1_000 });
  await expect(other.getByText(account.username)).toHaveCount(0);
  await here.expectGone();
  await expect.poll(() => guard.statuses('POST', '/auth/token/blacklist/')).toEqual([200]);
  await expect.poll(() => context.cookies()).toEqual([]);

  // And stays ended.
  await other.reload();
  await untilLive(other);
  await there.untilState('anonymous');
});

test('two tabs renew with one request', async ({ page, context, guard, account }) => {
  const here = await logIn(page, account);
  const other = await context.newPage();
  await open(other, '/session');
  const there = new SessionPage(other);
  await there.expectAlive();
  // The second tab has restored its session, which is a renewal to the first.
  await expect.poll(() => here.renewalCount()).toBe(1);
  expect(guard.statuses('POST', REFRESH)).toEqual([200]);

  await expect.poll(() => here.renewalCount(), { timeout: 20_000 }).toBe(3);
  await expect.poll(() => there.renewalCount()).toBe(2);
  expect(guard.statuses('POST', REFRESH)).toEqual([200, 200, 200]);
  expect(guard.responses.filter((response) => response.status() >= 400)).toEqual([]);
});

test('signing in in one tab signs in the other', async ({ page, context, account }) => {
  const other = await context.newPage();
  await open(other, '/session');
  const there = new SessionPage(other);
  await there.untilState('anonymous');

  await logIn(page, account);
  await there.expectAlive();
  await expect(there.me).toContainText(account.username);
});

test('a tab does not go on as somebody whose cookie another user has replaced', async ({
  page,
  signet,
  account,
}) => {
  const session = await logIn(page, account);
  await expect(session.me).toContainText(account.username);
  const another = { ...account, username: `other-${randomBytes(5).toString('hex')}` };
  await register(signet, another);

  // As a form without WebAssembly does: nobody tells the tab.
  const status = await page.evaluate(async (credentials) => {
    const headers = { 'Content-Type': 'application/json', 'X-Auth-Transport': 'cookie' };
    const body = JSON.stringify(credentials);
    return (await fetch('/auth/token/', { method: 'POST', headers, body })).status;
  }, another);
  expect(status).toBe(200);

  await expect(session.me).toContainText(another.username, { timeout: 15_000 });
  await expect(page.getByText(account.username)).toHaveCount(0);
  await expect(session.events('issued')).toContainText('Another user signed in');
});

test('two servers on one host leave each other alone', async ({ page, context, guard, account }) => {
  const neighbour = await startSignet([]);
  try {
    const session = await logIn(page, account);
    const other = await context.newPage();
    await open(other, `${neighbour.url}/session`);
    await new SessionPage(other).untilState('anonymous');
    // Its page took the other server's cookie for nothing of its own.
    expect(guard.statuses('POST', REFRESH)).toEqual([]);
    await session.expectAlive();
  } finally {
    await neighbour.stop();
  }
});
