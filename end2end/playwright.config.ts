// How the browser tests run. `cargo xtask test browser` starts them and sets
//   CHROMIUM_PATH  the browser to use (without it: the one that Playwright has downloaded)
//   SIGNET_BIN     the server to test (without it: the debug build in ../target)

import { defineConfig, devices } from '@playwright/test';

const asRoot = process.getuid?.() === 0;

/** What a test browser needs not say to the world, and what root cannot have. */
const launchArguments = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
  ...(asRoot ? ['--no-sandbox'] : []),
];

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results/artifacts',
  fullyParallel: true,
  // The tests mostly wait for real tokens to age; two of them fit on two cores, each with a server.
  workers: 2,
  // A test that passes at the second try has found something.
  retries: 0,
  forbidOnly: !!process.env.CI,
  reporter: [['list'], ['json', { outputFile: 'test-results/report.json' }]],
  timeout: 45_000,
  expect: { timeout: 10_000 },
  use: {
    ...devices['Desktop Chrome'],
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH || undefined,
      args: launchArguments,
    },
  },
  projects: [
    { name: 'chromium', testIgnore: 'screenshots.spec.ts' },
    // No test: writes a picture of every page. `npm run screenshots`.
    { name: 'screenshots', testMatch: 'screenshots.spec.ts' },
  ],
});
