import { expect, test } from 'vitest';
import { createAbortScope } from '../abort-scope.ts';
import { createManualClock } from '../clock.ts';
import type { Lease } from './lease.ts';
import { WaitQueue } from './wait-queue.ts';

function setUp(maxQueued = 10, queueTimeoutMs = 100) {
  const clock = createManualClock();
  const queue = new WaitQueue('shop', { maxQueued, queueTimeoutMs }, clock);
  const served: string[] = [];
  const free: string[] = [];
  /** Waits for any endpoint, or for one of that name; tells what came of it. */
  const wait = (name: string, wanted?: string, cancellation?: AbortSignal): Promise<string> => {
    const tryAgain = (): Lease | undefined => {
      const index = wanted === undefined ? 0 : free.indexOf(wanted);
      const [id] = index < 0 ? [] : free.splice(index, 1);
      return id === undefined ? undefined : ({ endpoint: { id } } as unknown as Lease);
    };
    return queue.wait(tryAgain, cancellation).then(
      ({ endpoint }) => `${name} got ${endpoint.id}`,
      (error: unknown) => `${name}: ${(error as { code?: string }).code ?? String(error)}`,
    );
  };
  return { clock, queue, served, free, wait };
}

test('serves those who wait in the order they came', async () => {
  const { queue, free, wait } = setUp();
  const waits = [wait('first'), wait('second'), wait('third')];
  free.push('a', 'b');
  queue.serve();
  expect(await Promise.all(waits.slice(0, 2))).toEqual(['first got a', 'second got b']);
  expect(queue.length).toBe(1);
  free.push('c');
  queue.serve();
  expect(await waits[2]).toBe('third got c');
});

test('passes over those who can not use what is free', async () => {
  const { queue, free, wait } = setUp();
  const waits = [wait('picky', 'b'), wait('other')];
  free.push('a');
  queue.serve();
  expect(await waits[1]).toBe('other got a');
  free.push('b');
  queue.serve();
  expect(await waits[0]).toBe('picky got b');
});

test('stops when there is no room', () => {
  const { queue } = setUp();
  let asked = 0;
  for (let index = 0; index < 5; index++) void queue.wait(() => void asked++, undefined).catch(() => {});
  queue.serve(() => asked < 2);
  expect(asked).toBe(2);
});

test('refuses more than maxQueued', async () => {
  const { queue, wait } = setUp(1);
  const first = wait('first');
  expect(() => wait('second')).toThrow('shop is full and 1 others wait already');
  expect(queue.refused).toBe(1);
  queue.close(new Error('closed') as never);
  expect(await first).toBe('first: Error: closed');
});

test('gives up after queueTimeoutMs', async () => {
  const { clock, queue, wait } = setUp();
  const first = wait('first');
  clock.advance(60);
  const second = wait('second');
  clock.advance(40);
  expect(await first).toBe('first: SLUICE_QUEUE_TIMEOUT');
  expect([queue.length, queue.timedOut]).toEqual([1, 1]);
  clock.advance(60);
  expect(await second).toBe('second: SLUICE_QUEUE_TIMEOUT');
});

test('gives up when it is cancelled, with the reason', async () => {
  const { clock, queue, free, wait } = setUp();
  const scope = createAbortScope();
  const waits = [wait('first', undefined, scope.signal), wait('second')];
  scope.abort('client left');
  expect(await waits[0]).toBe('first: client left');
  free.push('a');
  queue.serve();
  expect(await waits[1]).toBe('second got a');
  expect(clock.pendingTimers).toBe(0);
});

test('tells a waiter what its turn threw', async () => {
  const { queue } = setUp();
  const wait = queue.wait(() => {
    throw new Error('hopeless');
  }, undefined);
  queue.serve();
  await expect(wait).rejects.toThrow('hopeless');
  expect(queue.length).toBe(0);
});

test('leaves no timer and no listener behind', async () => {
  const { clock, queue, free, wait } = setUp();
  const scope = createAbortScope();
  const served = wait('served', undefined, scope.signal);
  free.push('a');
  queue.serve();
  await served;
  scope.abort('late');
  expect(clock.pendingTimers).toBe(0);
});
