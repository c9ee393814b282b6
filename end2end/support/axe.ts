// Accessibility, as far as a program can see it.

import { expect, type Page } from '@playwright/test';
import axe from 'axe-core';

/** The levels A and AA of WCAG 2.0, 2.1 and 2.2. */
const LEVELS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Fails when axe finds a violation on the page as it is now, in light or in dark. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // Evaluated from outside the page, so that the page's own policy need not allow it.
    await page.evaluate(axe.source);
    const violations = await page.evaluate(async (levels) => {
      // @ts-expect-error: what the line above has put there.
      const results: axe.AxeResults = await window.axe.run(document, {
        runOnly: { type: 'tag', values: levels },
      });
      return results.violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`,
      );
    }, LEVELS);
    expect.soft(violations, `${what}, ${colorScheme}`).toEqual([]);
  }
}
