// Sessions come and go by the thousand: nothing of one that is over stays, however it ended.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createManualClock } from '@sluice/core';
import { createUdpProxy } from '@sluice/l4';
import { expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { openEcho, openPeer, reservePort } from '../support/datagram-peer.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const rounds = 6;
const sessionsPerRound = 1_500;

// A kilobyte kept for each session would make 6 MB from the second round to the last.
const toleranceBytes = 1_500_000;

async function heapBytes(): Promise<number> {
  // What is closed is let go of in later turns of the loop.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test(`${rounds * sessionsPerRound} sessions, answered, refused and abandoned, leave nothing behind`, async () => {
  expectNoResourcesLeft();
  const clock = createManualClock();
  const echo = await openEcho();
  const silent = await openPeer();
  const refused = `127.0.0.1:${await reservePort()}`;
  const endpoints = [echo.address, silent.address, refused];
  const proxy = createUdpProxy({
    upstream: { endpoints, health: false, balancer: 'round-robin' },
    repliesPerRequest: 1,
    requestsPerSession: 2,
    clock,
  });
  onTestFinished(() => proxy.close());
  const { port } = await proxy.listen();
  const clients = await Promise.all(Array.from({ length: 10 }, () => openPeer()));
  const sizes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = proxy.stats().sessionsBegun;
    while (proxy.stats().sessionsBegun < before + sessionsPerRound) {
      const { requests } = proxy.stats();
      for (const client of clients) client.send('question', port);
      await vi.waitUntil(() => proxy.stats().requests === requests + clients.length, { timeout: 10_000, interval: 1 });
    }
    clock.advance(70_000);
    expect(proxy.stats().sessionsOpen).toBe(0);
    for (const { received } of [...clients, echo, silent]) received.length = 0;
    sizes.push(await heapBytes());
  }
  const { sessionsEnded, endpointsFailed } = proxy.stats();
  for (const count of [sessionsEnded.answered, sessionsEnded.idle, endpointsFailed])
    expect(count).toBeGreaterThan(1_000);
  const growth = Math.min(...sizes.slice(-2)) - Math.min(...sizes.slice(1, 3));
  expect(growth, sizes.join(', ')).toBeLessThan(toleranceBytes);
});
