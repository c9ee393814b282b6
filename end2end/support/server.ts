// The server under test: the real binary, on a free port, with a database of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A running Signet. */
export interface Signet {
  /** Where its web UI is; `localhost`, as in the documentation. */
  url: string;
  /** All that it has written to its log so far. */
  said(): string;
  /** Stops it as an operator would; fails unless it ends well, having logged no error but `expected`. */
  stop(expected?: RegExp): Promise<void>;
}

/**
 * Starts a server with an empty database that lets `allowedOrigins` use its API. All tests come
 * from one address, so it throttles nobody unless `settings` (variables of the environment) say so.
 */
export async function startSignet(
  allowedOrigins: string[],
  settings: Record<string, string> = {},
): Promise<Signet> {
  const binary = process.env.SIGNET_BIN ?? resolve(import.meta.dirname, '../../target/debug/signet');
  if (!existsSync(binary)) {
    throw new Error(`no server at ${binary}: run \`cargo xtask test browser\`, or set SIGNET_BIN`);
  }
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const directory = await mkdtemp(join(tmpdir(), 'signet-end2end-'));
  const child = spawn(binary, ['serve'], {
    // Elsewhere than the repository, whose signet.toml is none of the tests' business.
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      SIGNET_LISTEN: `127.0.0.1:${port}`,
      SIGNET_PUBLIC_URL: url,
      SIGNET_DATA_DIR: join(directory, 'data'),
      SIGNET_CORS_ALLOWED_ORIGINS: allowedOrigins.join(','),
      SIGNET_LOG: 'warn',
      SIGNET_THROTTLE_LOGIN: 'off',
      SIGNET_THROTTLE_LOGIN_ADDRESS: 'off',
      SIGNET_THROTTLE_REGISTER: 'off',
      ...settings,
    },
  });
  const said = recordOutput(child);
  await untilHealthy(url, child, said);
  return {
    url,
    said,
    async stop(expected) {
      const status = await terminate(child);
      await rm(directory, { recursive: true, force: true });
      if (status !== 0) throw new Error(`the server ended with ${status}:\n${said()}`);
      // What a user saw as a server error may have left no other trace.
      const complaints = said()
        .split('\n')
        .filter((line) => /ERROR|panicked/.test(line) && !expected?.test(line));
      if (complaints.length > 0) throw new Error(`the server complained:\n${said()}`);
    },
  };
}

/** A port that nobody listens on: the system's choice, given back at once. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening));
  const address = probe.address();
  await new Promise((closed) => probe.close(closed));
  if (address === null || typeof address === 'string') throw new Error('no port was free');
  return address.port;
}

/** Collects what the server says, for the message of a failure. */
function recordOutput(child: ChildProcess): () => string {
  const lines: string[] = [];
  child.stdout?.on('data', (chunk) => lines.push(String(chunk)));
  child.stderr?.on('data', (chunk) => lines.push(String(chunk)));
  return () => lines.join('');
}

/** Waits until the server answers; gives up when it has ended. */
async function untilHealthy(url: string, child: ChildProcess, said: () => string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) {
      throw new Error(`the server ended at its start with ${child.exitCode}:\n${said()}`);
    }
    const answer = await fetch(`${url}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((again) => setTimeout(again, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the server did not answer /healthz within 20 s:\n${said()}`);
}

/** SIGTERM, then the exit status; SIGKILL for a server that does not listen to it. */
async function terminate(child: ChildProcess): Promise<number | string | null> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = new Promise<number | string | null>((resolved) => {
    child.once('exit', (code, signal) => resolved(code ?? signal));
  });
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 15_000);
  const status = await ended;
  clearTimeout(patience);
  return status;
}
