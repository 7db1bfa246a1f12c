// Finds what a test left behind: sockets, servers, lookups that still run.

import { expect, onTestFinished, vi } from 'vitest';

/** The test runner's own; ours do not keep a process alive, so that they are not among the active ones anyway. */
const ofRunner: ReadonlySet<string> = new Set(['Timeout', 'Immediate']);

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) {
    if (!ofRunner.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** Fails the test when more is open after its clean-up than there is now. To be called before anything is opened. */
export function expectNoResourcesLeft(): void {
  const before = countResources();
  onTestFinished(() =>
    vi.waitFor(
      () => {
        const left = [...countResources()].filter(([name, count]) => count > (before.get(name) ?? 0));
        expect(left).toEqual([]);
      },
      { timeout: 5_000, interval: 10 },
    ),
  );
}
