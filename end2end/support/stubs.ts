// Answers in the place of the server's, for what it cannot be brought to say.

import type { Page } from '@playwright/test';

/** Lets the requests of that method and path fail until the returned function is called. */
export async function breakDown(
  page: Page,
  method: string,
  path: string,
  status = 503,
): Promise<() => Promise<void>> {
  const url = `**${path}`;
  // Another 401 is not the server's, and says nothing of a token.
  const verdict = status === 401 ? { code: 'token_not_valid' } : {};
  await page.route(url, (route) =>
    route.request().method() === method
      ? route.fulfill({ status, json: { detail: 'broken for a test', ...verdict } })
      : route.fallback(),
  );
  return () => page.unroute(url);
}
