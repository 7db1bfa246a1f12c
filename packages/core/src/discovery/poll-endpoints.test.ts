import { describe, expect, test } from 'vitest';
import { createAbortScope, type OwnedAbortScope } from '../abort-scope.ts';
import { createManualClock, type ManualClock } from '../clock.ts';
import type { EndpointSnapshot } from './endpoint-source.ts';
import { pollEndpoints, type PollEndpointsOptions, type PollFunction } from './poll-endpoints.ts';

const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

interface SetUp {
  readonly next: () => Promise<IteratorResult<unknown>>;
  readonly clock: ManualClock;
  readonly scope: OwnedAbortScope;
}

function setUp(poll: PollFunction, options: Partial<PollEndpointsOptions> = {}): SetUp {
  const clock = createManualClock();
  const scope = createAbortScope();
  const source = pollEndpoints({ name: 'registry', poll, clock, random: () => 0.5, ...options });
  const watch = source.watch(scope)[Symbol.asyncIterator]();
  return { next: () => watch.next(), clock, scope };
}

const answer = (ttlMs?: number): EndpointSnapshot => ({ endpoints: ['a:1'], ttlMs });

describe('when it asks', () => {
  test.each([
    { title: 'at intervals', ttlMs: undefined, random: 0.5, waitMs: 5_000 },
    { title: 'when the answer does not hold any more', ttlMs: 700, random: 0.5, waitMs: 700 },
    { title: 'later by chance', ttlMs: 1_000, random: 1, waitMs: 1_100 },
    { title: 'earlier by chance', ttlMs: 1_000, random: 0, waitMs: 900 },
    { title: 'at intervals when the answer says nonsense', ttlMs: 0, random: 0.5, waitMs: 5_000 },
  ])('$title', async ({ ttlMs, random, waitMs }) => {
    let asked = 0;
    const poll = (): EndpointSnapshot => {
      asked++;
      return answer(ttlMs);
    };
    const { next, clock } = setUp(poll, { random: () => random });
    await next();
    const second = next();
    await settle();
    clock.advance(waitMs - 1);
    await settle();
    expect(asked).toBe(1);
    clock.advance(1);
    await second;
    expect(asked).toBe(2);
  });
});

test('passes on the last answer, which may be returned to say that it holds', async () => {
  const { next, clock } = setUp((_scope, previous) => previous ?? answer());
  const first = await next();
  const second = next();
  await settle();
  clock.advance(5_000);
  expect((await second).value).toBe(first.value);
});

test('throws what the function throws, and is over', async () => {
  const { next, clock } = setUp(() => Promise.reject(new Error('gone')));
  await expect(next()).rejects.toThrow('gone');
  expect(clock.pendingTimers).toBe(0);
});

test('gives up an answer that takes too long, also one that nobody can stop', async () => {
  let reason: unknown;
  const { next, clock } = setUp((scope) => {
    scope.onAbort((error) => (reason = error));
    return new Promise(() => {});
  });
  const first = next();
  await settle();
  clock.advance(5_000);
  await expect(first).rejects.toMatchObject({
    code: 'SLUICE_DISCOVERY_FAILED',
    message: 'registry did not answer within 5000 ms',
  });
  expect(reason).toMatchObject({ code: 'SLUICE_DISCOVERY_FAILED' });
  expect(clock.pendingTimers).toBe(0);
});

test.each([
  { title: 'while it asks', poll: (): Promise<EndpointSnapshot> => new Promise(() => {}), answers: 0 },
  { title: 'while it waits', poll: () => answer(), answers: 1 },
])('ends with its scope $title, and leaves no timer', async ({ poll, answers }) => {
  const { next, scope, clock } = setUp(poll);
  for (let count = 0; count < answers; count++) await next();
  const last = next();
  await settle();
  expect(clock.pendingTimers).toBe(1);
  scope.abort('enough');
  expect(await last).toMatchObject({ done: true });
  expect(clock.pendingTimers).toBe(0);
});

test('refuses wrong options, all at once', () => {
  const wrong = { intervalMs: 0, jitterPercent: 101 } as unknown as PollEndpointsOptions;
  expect(() => pollEndpoints(wrong)).toThrow(/poll must be given.*name must be given.*intervalMs.*jitterPercent/);
});
