// What every test is handed: a server, a user, a watched page.

import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { test as base, expect } from '@playwright/test';
import { Guard } from './guard';
import { type Signet, startSignet } from './server';
import { serveFolder } from './static-site';

/** A user's name and password. */
export interface Account {
  username: string;
  password: string;
}

/** The third-party page, at an origin that the server allows and at one that it does not. */
export interface ThirdParty {
  allowed: string;
  refused: string;
}

interface TestFixtures {
  /** Name and password of nobody yet. */
  stranger: Account;
  /** Somebody who is registered. */
  account: Account;
  /** Watches the page; judges it when the test is over. */
  guard: Guard;
}

interface WorkerFixtures {
  /** Settings of the server, as variables of the environment; a file may `test.use` its own. */
  settings: Record<string, string>;
  thirdParty: ThirdParty;
  signet: Signet;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  settings: [{}, { scope: 'worker', option: true }],

  thirdParty: [
    async ({}, use) => {
      const folder = resolve(import.meta.dirname, '../third-party');
      const [allowed, refused] = [await serveFolder(folder), await serveFolder(folder)];
      await use({ allowed: allowed.origin, refused: refused.origin });
      await allowed.stop();
      await refused.stop();
    },
    { scope: 'worker' },
  ],

  // One server serves many tests, each with users of its own: as it will in life.
  signet: [
    async ({ thirdParty, settings }, use) => {
      const signet = await startSignet([thirdParty.allowed], settings);
      await use(signet);
      await signet.stop();
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ signet }, use) => use(signet.url),

  stranger: async ({ guard }, use) => {
    const stranger = {
      username: `user-${randomBytes(5).toString('hex')}`,
      password: `Sealing wax & candle ${randomBytes(3).toString('hex')}`,
    };
    guard.keepOutOfAddresses(stranger.password);
    await use(stranger);
  },

  account: async ({ signet, stranger }, use) => {
    await register(signet, stranger);
    await use(stranger);
  },

  guard: [
    async ({ context }, use) => {
      const guard = await Guard.watch(context);
      await use(guard);
      guard.judge();
    },
    { auto: true },
  ],
});

/** Makes a user of somebody, as a client of the API does. */
export async function register(signet: Signet, somebody: Account): Promise<void> {
  const answer = await fetch(`${signet.url}/auth/register/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(somebody),
  });
  expect(answer.status, await answer.text()).toBe(201);
}

export { expect };
