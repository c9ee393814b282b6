// The pages, as a user sees them.

import { expect, type Locator, type Page } from '@playwright/test';
import type { Account } from './test';

/** Opens a page and waits until it is live. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await untilLive(page);
}

/** Waits until the web UI has taken over the page that the server drew. */
export async function untilLive(page: Page): Promise<void> {
  await expect(page.locator('html')).toHaveAttribute('data-hydrated', /.*/);
}

/** The page's form: its fields and its button. */
export function form(page: Page) {
  const main = page.getByRole('main');
  return {
    username: main.getByLabel('Username', { exact: true }),
    password: main.getByLabel('Password', { exact: true }),
    email: main.getByLabel('Email (optional)', { exact: true }),
    register: main.getByRole('button', { name: 'Register', exact: true }),
    logIn: main.getByRole('button', { name: 'Log in', exact: true }),
    errors: main.getByTestId('error-summary'),
  };
}

/** Fills in name and password; nothing is sent yet. */
export async function fillIn(page: Page, account: Account): Promise<void> {
  await form(page).username.fill(account.username);
  await form(page).password.fill(account.password);
}

/** Logs in by the form and waits for the session's page to be live. */
export async function logIn(page: Page, account: Account): Promise<SessionPage> {
  await open(page, '/login');
  await fillIn(page, account);
  await form(page).logIn.click();
  await expect(page).toHaveURL('/session');
  const session = new SessionPage(page);
  await session.expectAlive();
  return session;
}

/** The page of a session. */
export class SessionPage {
  readonly state: Locator;
  readonly accessLeft: Locator;
  readonly refreshLeft: Locator;
  readonly renewals: Locator;
  readonly me: Locator;
  readonly claims: Locator;
  readonly token: Locator;
  readonly verdict: Locator;
  readonly finalNotice: Locator;
  readonly expiredNotice: Locator;

  constructor(private readonly page: Page) {
    this.state = page.getByTestId('session-state');
    this.accessLeft = page.getByTestId('access-left');
    this.refreshLeft = page.getByTestId('refresh-left');
    this.renewals = page.getByTestId('renewals');
    this.me = page.getByTestId('me');
    this.claims = page.getByTestId('claims');
    this.token = page.getByTestId('verify-token');
    this.verdict = page.getByTestId('verify-result');
    this.finalNotice = page.getByTestId('final-notice');
    this.expiredNotice = page.getByTestId('expired-notice');
  }

  /** Somebody is signed in, whether or not a renewal happens to be under way. */
  async expectAlive(): Promise<void> {
    await expect(this.state).toHaveAttribute('data-state', /^(active|renewing)$/);
  }

  /** Waits until the session has come to `state`, for at most `seconds`. */
  async untilState(state: string, seconds = 10): Promise<void> {
    await expect(this.state).toHaveAttribute('data-state', state, { timeout: seconds * 1000 });
  }

  /** Nobody is signed in, and nothing of the session is shown. */
  async expectGone(): Promise<void> {
    // Logging out may lead to another page; where it stays, the page says so.
    await expect(this.me).toBeHidden();
    await expect(this.page.locator('[data-state="active"], [data-state="renewing"]')).toHaveCount(0);
  }

  /** The events of that kind in the log. */
  events(kind: string): Locator {
    return this.page.getByTestId('event-log').locator(`li[data-event="${kind}"]`);
  }

  /** Seconds left, as the page shows them. */
  async seconds(display: Locator): Promise<number> {
    return Number.parseFloat((await display.textContent()) ?? '');
  }

  /** How often the page says it has renewed the access token. */
  async renewalCount(): Promise<number> {
    return Number.parseInt((await this.renewals.textContent()) ?? '', 10);
  }

  async useAccessToken(): Promise<void> {
    await this.page.getByTestId('verify-use-access').click();
  }

  async tamper(): Promise<void> {
    await this.page.getByTestId('verify-tamper').click();
  }

  async verify(): Promise<void> {
    await this.page.getByTestId('verify-submit').click();
  }

  async logOut(): Promise<void> {
    await this.page.getByTestId('logout').click();
  }
}

/** The page of the user's sessions. */
export class SessionsPage {
  readonly devices: Locator;
  readonly current: Locator;
  readonly others: Locator;
  readonly onlyThis: Locator;
  readonly everywhere: Locator;
  readonly heading: Locator;

  constructor(private readonly page: Page) {
    this.devices = page.getByTestId('device').filter({ visible: true });
    this.current = page.locator('[data-testid=device][data-current]');
    this.others = page.locator('[data-testid=device]:not([data-current])').filter({ visible: true });
    this.onlyThis = page.getByText('You are signed in on this device only.');
    this.everywhere = page.getByTestId('everywhere');
    this.heading = page.getByRole('heading', { name: 'Signed in on' });
  }

  /** Goes there within the page, as a user does. */
  async visit(): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name: 'Sessions' }).click();
    await expect(this.page.getByRole('heading', { level: 1 })).toBeFocused();
  }

  /** Ends another session: a button to open, and one to do it. */
  async end(device: Locator): Promise<void> {
    await device.locator('summary').filter({ hasText: 'End' }).click();
    await device.getByRole('button', { name: 'End this session' }).click();
  }

  /** Opens what ends all others, or all. */
  async openEverywhere(): Promise<void> {
    await this.everywhere.locator('summary').click();
  }
}

/** The page of the account. */
export class AccountPage {
  readonly name: Locator;
  readonly current: Locator;
  readonly next: Locator;
  readonly submit: Locator;
  readonly changed: Locator;
  readonly errors: Locator;

  constructor(private readonly page: Page) {
    this.name = page.getByTestId('account-name');
    this.current = page.getByLabel('Current password', { exact: true });
    this.next = page.getByLabel('New password', { exact: true });
    this.submit = page.getByRole('button', { name: 'Change password' });
    this.changed = page.getByTestId('password-changed');
    this.errors = page.getByTestId('error-summary');
  }

  /** Goes there within the page, as a user does. */
  async visit(): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name: 'Account' }).click();
    await expect(this.page.getByRole('heading', { level: 1 })).toBeFocused();
  }

  async change(current: string, next: string): Promise<void> {
    await this.current.fill(current);
    await this.next.fill(next);
    await this.submit.click();
  }
}

/** What every page says at the foot of the window. */
export function bar(page: Page): Locator {
  return page.locator('.bar');
}
