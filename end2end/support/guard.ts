// Watches a page during a whole test for what must never happen, whatever the test is about.

import { expect, type BrowserContext, type Page, type Response } from '@playwright/test';

/** Every token begins with it: `{"` in base64url. */
export const TOKEN = /eyJ[\w-]+/;

/** What happened on a context's pages. */
export class Guard {
  /** Every answer, in order. */
  readonly responses: Response[] = [];
  /** Every address that was asked for. */
  readonly addresses: string[] = [];
  /** Errors and warnings on the console, uncaught exceptions, violations of the page's policy. */
  readonly complaints: string[] = [];
  private readonly expected: RegExp[] = [];
  private readonly secrets: string[] = [];

  /** Begins to watch every page of `context`, those included that are opened later. */
  static async watch(context: BrowserContext): Promise<Guard> {
    const guard = new Guard();
    context.on('request', (request) => guard.addresses.push(request.url()));
    context.on('response', (response) => guard.responses.push(response));
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        guard.complaints.push(`console ${message.type()}: ${message.text()}`);
      }
    });
    context.on('weberror', (problem) => {
      guard.complaints.push(`uncaught: ${problem.error().message}`);
    });
    await context.exposeBinding('reportPolicyViolation', (_, violation: string) => {
      guard.complaints.push(`policy violation: ${violation}`);
    });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        // @ts-expect-error: the binding above.
        window.reportPolicyViolation(`${event.violatedDirective} refused ${event.blockedURI}`);
      });
    });
    return guard;
  }

  /** This test provokes complaints of that kind; they are no failure. */
  expectComplaint(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  /** This must not appear in any address. */
  keepOutOfAddresses(secret: string): void {
    this.secrets.push(secret, encodeURIComponent(secret));
  }

  /** The statuses of all answers to requests of that path, in order. */
  statuses(method: string, path: string): number[] {
    return this.responses
      .filter((response) => response.request().method() === method)
      .filter((response) => new URL(response.url()).pathname === path)
      .map((response) => response.status());
  }

  /** Fails the test for anything that happened and should not have. */
  judge(): void {
    const surprising = this.complaints.filter(
      (complaint) => !this.expected.some((pattern) => pattern.test(complaint)),
    );
    expect(surprising, 'the console is quiet and the policy is kept').toEqual([]);
    const leaks = this.addresses.filter(
      (address) => TOKEN.test(address) || this.secrets.some((secret) => address.includes(secret)),
    );
    expect(leaks, 'no address holds a password or a token').toEqual([]);
  }
}

/** Fails when script on the page could read a token that outlives it. */
export async function expectNoStoredToken(page: Page): Promise<void> {
  const stored = await page.evaluate(() =>
    JSON.stringify({ ...localStorage, ...sessionStorage, cookie: document.cookie }),
  );
  expect(stored).not.toMatch(TOKEN);
  expect(page.url()).not.toMatch(TOKEN);
}
