import { createManualClock, type ManualClock } from '@sluice/core';
import { expect, test } from 'vitest';
import type { ExchangeRunner } from './exchange-runner.ts';
import type { Listening } from './front/listener.ts';
import { ProxyLifecycle } from './proxy-lifecycle.ts';

/** A runner with so many exchanges open, which end when told to. */
function openExchanges(count: number) {
  const listeners: (() => void)[] = [];
  const runner = {
    openCount: count,
    idle: () => new Promise<void>((resolve) => void listeners.push(resolve)),
    abortAll: () => runner.openCount,
    finishAll: () => {
      runner.openCount = 0;
      for (const listener of listeners.splice(0)) listener();
    },
  };
  return runner;
}

function lifecycleOf(runner: ReturnType<typeof openExchanges>): {
  lifecycle: ProxyLifecycle;
  clock: ManualClock;
  trace: string[];
  listening: Listening;
} {
  const clock = createManualClock();
  const trace: string[] = [];
  const listening: Listening = {
    url: '',
    port: 1,
    close: async () => void trace.push('listener closed'),
    stats: () => ({
      connectionsOpen: 0,
      connectionsAccepted: 0,
      connectionsRefused: 0,
      requestsRefused: {},
      tls: undefined,
    }),
    closeAllConnections: () => void trace.push('connections closed'),
  };
  const release = async (): Promise<void> => void trace.push('released');
  const lifecycle = new ProxyLifecycle({ runner: runner as unknown as ExchangeRunner, clock, release });
  return { lifecycle, clock, trace, listening };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('while it is open, nothing is refused', () => {
  const { lifecycle } = lifecycleOf(openExchanges(0));
  expect([lifecycle.refusal(true), lifecycle.refusal(false), lifecycle.isEnding()]).toEqual([
    undefined,
    undefined,
    false,
  ]);
});

test('draining waits for what is open, then releases', async () => {
  const runner = openExchanges(2);
  const { lifecycle, trace, listening } = lifecycleOf(runner);
  await lifecycle.add(Promise.resolve(listening));
  const drained = lifecycle.drain(1_000);
  await settle();
  expect(trace).toEqual(['listener closed']);
  expect([lifecycle.refusal(true), lifecycle.isEnding()]).toEqual([undefined, true]);
  expect(lifecycle.refusal(false)).toMatchObject({ code: 'SLUICE_SHUTTING_DOWN' });
  runner.finishAll();
  expect(await drained).toBe(0);
  expect(trace.at(-1)).toBe('released');
});

test('draining cuts when its time is over, and says how many', async () => {
  const runner = openExchanges(2);
  const { lifecycle, clock, trace } = lifecycleOf(runner);
  const drained = lifecycle.drain(1_000);
  clock.advance(1_000);
  await settle();
  runner.finishAll();
  expect(await drained).toBe(2);
  expect(trace).toEqual(['released']);
});

test('closing does not wait for clients that take no last answer', async () => {
  const { lifecycle, clock, trace } = lifecycleOf(openExchanges(1));
  const closed = lifecycle.close();
  await settle();
  expect(trace).toEqual([]);
  clock.advance(1_000);
  await closed;
  expect(trace).toEqual(['released']);
  expect(lifecycle.refusal(true)).toMatchObject({ code: 'SLUICE_SHUTTING_DOWN' });
});

test('a listener that comes up too late is closed at once', async () => {
  const { lifecycle, trace, listening } = lifecycleOf(openExchanges(0));
  await lifecycle.close();
  await expect(lifecycle.add(Promise.resolve(listening))).rejects.toMatchObject({ code: 'SLUICE_SHUTTING_DOWN' });
  expect(trace).toEqual(['released', 'listener closed']);
});
