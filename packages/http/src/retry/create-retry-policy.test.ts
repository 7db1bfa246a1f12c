import { createManualClock } from '@sluice/core';
import { expect, test } from 'vitest';
import { createRetryPolicy } from './create-retry-policy.ts';
import { RetryJudge, retryJudge } from './retry-judge.ts';

const timeouts = { connectMs: 5_000, responseHeadMs: 60_000, requestBodyIdleMs: 1, responseBodyIdleMs: 2 };

test('has the defaults of the proxy, and counts nothing yet', () => {
  const policy = createRetryPolicy();
  expect(policy.maxAttempts).toBe(3);
  expect(policy.stats()).toEqual({ requests: 0, granted: 0, refused: 0, hedges: 0, hedgesWon: 0 });
});

test('refuses what it does not know, all at once', () => {
  const options = { maxAtempts: 2, budget: { ratio: -1 } } as object;
  expect(() => createRetryPolicy(options)).toThrow(/budget\.ratio must be .*maxAtempts is unknown/s);
});

test('a limit of the try shortens its phases, and nothing else', () => {
  const judge = retryJudge(createRetryPolicy({ perTryTimeoutMs: 7_000, clock: createManualClock() }));
  const limited = judge.limit(timeouts);
  expect(limited).toEqual({ ...timeouts, responseHeadMs: 7_000 });
  expect(judge.limit(timeouts)).toBe(limited);
  expect(judge.limit({ ...timeouts, connectMs: 9_000 }).connectMs).toBe(7_000);
  expect(retryJudge(createRetryPolicy()).limit(timeouts)).toBe(timeouts);
});

test('only what was made by createRetryPolicy decides', () => {
  expect(retryJudge(createRetryPolicy())).toBeInstanceOf(RetryJudge);
  expect(() =>
    retryJudge({ maxAttempts: 1, stats: () => ({ requests: 0, granted: 0, refused: 0, hedges: 0, hedgesWon: 0 }) }),
  ).toThrow(/createRetryPolicy/);
});
