// A network that misbehaves, and a server that has been reached all the same.

import { createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Route } from '@playwright/test';

/** What a server said to a request that the browser hears nothing of yet. */
export interface Unheard {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Takes a request to the server without the browser's own network, which learns no cookie of it. */
export async function deliver(route: Route): Promise<Unheard> {
  const request = route.request();
  const headers = await request.allHeaders();
  // Node writes these itself.
  for (const name of Object.keys(headers)) {
    if (name.startsWith(':') || /^(host|connection|content-length)$/.test(name)) delete headers[name];
  }
  const answer = await fetch(request.url(), {
    method: request.method(),
    headers,
    body: request.postData() ?? undefined,
  });
  const said = Object.fromEntries(answer.headers);
  // One line each, as Playwright wants it.
  said['set-cookie'] = answer.headers.getSetCookie().join('\n');
  return { status: answer.status, headers: said, body: await answer.text() };
}

/** A way to a server on which answers can be held up. */
export interface SlowWay {
  url: string;
  /** From now on the answers of that path are held up, on their way from the server. */
  hold(path: string): void;
  /** The cookies that each of them sets, and how many of them the browser has not waited for. */
  held(): { answers: string[]; brokenOff: number };
  /** Lets all go on. */
  release(): void;
  stop(): Promise<void>;
}

/** Opens such a way to the server at `origin`. */
export async function slowWay(origin: string): Promise<SlowWay> {
  let path: string | undefined;
  let brokenOff = 0;
  const answers: string[] = [];
  const waiting: (() => void)[] = [];
  const proxy = createServer((asked, answering) => {
    const onward = { method: asked.method, headers: asked.headers };
    const request = forward(new URL(asked.url ?? '/', origin), onward, (answer: IncomingMessage) => {
      const pass = () => {
        answering.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(answering);
      };
      if (asked.url !== path) return pass();
      waiting.push(pass);
      answers.push(answer.headers['set-cookie']?.join('\n') ?? '');
      answering.once('close', () => (brokenOff += 1));
    });
    asked.pipe(request);
  });
  await new Promise<void>((listening) => proxy.listen(0, '127.0.0.1', listening));
  return {
    url: `http://localhost:${(proxy.address() as AddressInfo).port}`,
    hold: (held) => (path = held),
    held: () => ({ answers, brokenOff }),
    release() {
      path = undefined;
      for (const pass of waiting.splice(0)) pass();
    },
    async stop() {
      proxy.closeAllConnections();
      await new Promise((closed) => proxy.close(closed));
    },
  };
}
