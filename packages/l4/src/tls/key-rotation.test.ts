import { createManualClock, type ManualClock } from '@sluice/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ResolvedSessionTickets } from './session-tickets.ts';
import { KeyRotation } from './key-rotation.ts';

const settings: ResolvedSessionTickets = {
  areGiven: true,
  secret: undefined,
  keys: undefined,
  keyRotationMs: 1_000,
  lifetimeMs: 300,
};
const secret = Buffer.alloc(32, 's');

function rotate(options: Partial<ResolvedSessionTickets>, clock: ManualClock, before?: KeyRotation) {
  const onFailed = vi.fn<(error: unknown) => void>();
  const rotation = new KeyRotation({ ...settings, ...options }, clock, onFailed, before?.keys);
  onTestFinished(() => rotation.close());
  return { rotation, keys: rotation.keys, onFailed };
}

describe('random keys', () => {
  test('change in time, and decrypt as long as their tickets last', () => {
    const clock = createManualClock();
    const { keys } = rotate({}, clock);
    const first = keys.current;
    clock.advance(1_000);
    expect(keys.current.equals(first)).toBe(false);
    expect(keys.older(clock.now())).toEqual([first]);
    clock.advance(300);
    expect(keys.older(clock.now())).toEqual([]);
    const second = keys.current;
    clock.advance(700);
    expect(keys.older(clock.now())).toEqual([second]);
  });

  test('are not those of another', () => {
    const clock = createManualClock();
    expect(rotate({}, clock).keys.current).not.toEqual(rotate({}, clock).keys.current);
  });

  test('do not change once they are closed', () => {
    const clock = createManualClock();
    const { rotation, keys } = rotate({}, clock);
    const first = keys.current;
    rotation.close();
    clock.advance(10_000);
    expect(keys.current).toBe(first);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('keys of a secret', () => {
  test('are the same for all who have it, whenever they have started', () => {
    const early = createManualClock(10_050);
    const one = rotate({ secret }, early).keys;
    early.advance(950 + 100);
    const two = rotate({ secret }, createManualClock(11_100)).keys;
    expect(two.current).toEqual(one.current);
    expect(two.older(11_100)).toEqual(one.older(11_100));
    expect(two.older(11_299)).toHaveLength(1);
    expect(two.older(11_300)).toEqual([]);
    expect(rotate({ secret }, createManualClock(11_999)).keys.current).toEqual(one.current);
  });

  test('differ by secret and by period', () => {
    const at = (ms: number, options: Partial<ResolvedSessionTickets>) => rotate(options, createManualClock(ms)).keys;
    const keys = [
      at(0, { secret }),
      at(1_000, { secret }),
      at(0, { secret: Buffer.alloc(32, 't') }),
      at(0, { secret, keyRotationMs: 2_000 }),
    ].map(({ current }) => current.toString('hex'));
    expect(new Set(keys).size).toBe(4);
  });
});

describe('keys of a function', () => {
  const a = Buffer.alloc(48, 'a');
  const b = Buffer.alloc(48, 'b');

  test('are asked for at once and in time; the first encrypts, and a key that is gone still decrypts', async () => {
    const clock = createManualClock();
    const lists = [[a], [b, a], [b]];
    const { keys } = rotate({ keys: () => lists.shift() ?? [] }, clock);
    await vi.waitFor(() => expect(keys.current).toBe(a));
    expect(keys.older(0)).toEqual([]);
    clock.advance(1_000);
    await vi.waitFor(() => expect(keys.current).toBe(b));
    expect(keys.older(1e9)).toEqual([a]);
    clock.advance(1_000);
    await vi.waitFor(() => expect(lists).toEqual([]));
    expect(keys.current).toBe(b);
  });

  test('stay when it fails', async () => {
    const clock = createManualClock();
    const answers: unknown[] = [[a], [], 'x', [a, Buffer.alloc(47)], new Error('down')];
    const ask = (): Promise<never> => {
      const answer = answers.shift();
      return answer instanceof Error ? Promise.reject(answer) : (Promise.resolve(answer) as Promise<never>);
    };
    const { keys, onFailed } = rotate({ keys: ask }, clock);
    await vi.waitFor(() => expect(keys.current).toBe(a));
    for (let failures = 1; failures <= 4; failures++) {
      clock.advance(1_000);
      await vi.waitFor(() => expect(onFailed).toHaveBeenCalledTimes(failures));
    }
    expect(keys.current).toBe(a);
    expect(onFailed.mock.calls.map(([error]) => String(error))).toEqual([
      ...Array.from({ length: 3 }, () => expect.stringContaining('must be a list of Buffers of 48 bytes') as string),
      'Error: down',
    ]);
  });

  test('that come when all is closed are not used', async () => {
    let give = (_keys: readonly Buffer[]): void => {};
    const { rotation, keys } = rotate({ keys: () => new Promise((resolve) => (give = resolve)) }, createManualClock());
    rotation.close();
    give([a]);
    await Promise.resolve();
    await Promise.resolve();
    expect(keys.current).not.toBe(a);
  });
});

test('keys that come from somewhere else now decrypt what those before have made', () => {
  const clock = createManualClock();
  const { rotation } = rotate({}, clock);
  const first = rotation.keys.current;
  const { keys } = rotate({ secret }, clock, rotation);
  expect(keys.current).toEqual(rotate({ secret }, clock).keys.current);
  expect(keys.older(299)).toContain(first);
  expect(keys.older(300)).not.toContain(first);
});
