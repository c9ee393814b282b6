// Forms without script that the server cannot carry out: a page in words, and no session is left.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillIn, form } from '../support/pages';
import { startSignet } from '../support/server';
import { type Account, expect, register, test } from '../support/test';

test.use({ javaScriptEnabled: false });

test.beforeEach(({ guard }) => guard.expectComplaint(/status of [45]\d\d/));

/** Another program that writes to the SQLite file, until it is killed. */
async function holdTheDatabase(file: string): Promise<ChildProcess> {
  const program = [
    'import sqlite3, sys, time',
    'c = sqlite3.connect(sys.argv[1], isolation_level=None)',
    'c.execute("BEGIN IMMEDIATE")',
    'print("held", flush=True)',
    'time.sleep(300)',
  ].join('\n');
  const holder = spawn('python3', ['-c', program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout!, 'data');
  return holder;
}

test('a logout that the server cannot carry out signs out of the browser, and says so', async ({
  page,
  context,
  stranger,
}) => {
  const python = spawnSync('python3', ['-c', 'import sqlite3']);
  test.skip(python.status !== 0, 'Python is not there to hold the database');
  const folder = await mkdtemp(join(tmpdir(), 'signet-held-'));
  const held = await startSignet([], {
    SIGNET_DATA_DIR: folder,
    SIGNET_REFRESH_TOKEN_LIFETIME: '10m',
  });
  await register(held, stranger);
  const logIn = async (account: Account) => {
    await page.goto(`${held.url}/login`);
    await fillIn(page, account);
    await form(page).logIn.click();
  };
  await logIn(stranger);
  await expect(page).toHaveURL(`${held.url}/session`);

  const holder = await holdTheDatabase(join(folder, 'signet.db'));
  await page.goto(`${held.url}/logout`);
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveTitle('Error: Log out - Signet');
  await expect(form(page).errors).toContainText('You are signed out in this browser.');
  await expect(form(page).errors).toContainText('it ends by itself in 10 minutes at the latest');
  expect(await context.cookies()).toEqual([]);

  await logIn(stranger);
  await expect(form(page).errors).toContainText('The database is unavailable.');
  await expect(form(page).username).toHaveValue(stranger.username);

  holder.kill('SIGKILL');
  await page.goto(`${held.url}/account`);
  await expect(page.getByTestId('session-state')).toHaveAttribute('data-state', 'anonymous');
  await held.stop(/database is locked|did not answer in time/);
  await rm(folder, { recursive: true, force: true });
});

test('a form that is too long comes back in words', async ({ page, stranger }) => {
  await page.goto('/register');
  await fillIn(page, { username: 'x'.repeat(300_000), password: stranger.password });
  await form(page).register.click();
  await expect(form(page).errors).toContainText('the form holds more than 262144 bytes');
  await expect(form(page).username).toBeVisible();
});

test('a form of another site is refused in words', async ({ page, signet, thirdParty }) => {
  for (const path of ['/login', '/register', '/account', '/logout']) {
    await page.goto(thirdParty.allowed);
    await page.setContent(
      `<form method="post" action="${signet.url}${path}"><button>Go</button></form>`,
    );
    await page.getByRole('button', { name: 'Go' }).click();
    await expect(page).toHaveURL(path);
    await expect(form(page).errors).toContainText('Nothing was done');
    await expect(form(page).errors).toContainText(`PUBLIC_URL is ${signet.url}`);
  }
});
