// A vitest reporter that ends the run with one plain line of totals over all projects. The details are the default reporter's.

import type { Reporter, TestModule } from 'vitest/node';

/** How many tests ended in which way. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** The closing line: `12 passed, 0 failed`, with `, 3 skipped` behind it when there are any. */
export function formatTotals(totals: Totals): string {
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : '';
  return `${totals.passed} passed, ${totals.failed} failed${skipped}`;
}

/** Counts the tests of all modules; a module or suite that broke outside its tests, and an unhandled error, count as failed. */
export function countTotals(modules: readonly TestModule[], unhandledErrors: number): Totals {
  const totals: Totals = { passed: 0, failed: unhandledErrors, skipped: 0 };
  for (const module of modules) {
    totals.failed += module.errors().length;
    for (const suite of module.children.allSuites()) totals.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state !== 'pending') totals[state] += 1;
    }
  }
  return totals;
}

export default class SummaryLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    process.stdout.write(`\n${formatTotals(countTotals(modules, unhandledErrors.length))}\n`);
  }
}
