import { expect, test } from 'vitest';
import { resolveOptions } from '../options/resolve-options.ts';
import { readDiscovery, retryWaitMs, type DiscoveryOptions } from './discovery-options.ts';

const read = (discovery?: DiscoveryOptions): ReturnType<typeof readDiscovery> =>
  resolveOptions({ discovery }, 'upstream', readDiscovery);

test('waits twice as long after each failure, up to a limit, less up to a half by chance', () => {
  const options = read({ retryMs: 100, maxRetryMs: 350 });
  expect([1, 2, 3, 4, 2_000].map((failures) => retryWaitMs(options, failures, 0))).toEqual([100, 200, 350, 350, 350]);
  expect(retryWaitMs(options, 1, 0.5)).toBe(75);
});

test('has defaults, and a limit that is never below the first wait', () => {
  expect(read()).toEqual({ onEmpty: 'keep', retryMs: 1_000, maxRetryMs: 30_000 });
  expect(read({ retryMs: 60_000 }).maxRetryMs).toBe(60_000);
  expect(() => read({ retryMs: 100, maxRetryMs: 50 })).toThrow('discovery.maxRetryMs must be a number from 100');
  expect(() => read({ onEmpty: 'kep' as 'keep' })).toThrow('did you mean keep?');
});
