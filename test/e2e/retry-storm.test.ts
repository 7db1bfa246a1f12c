// A total outage: every origin fails every request, and clients keep coming. Retries may add what the budget says, and no more, whatever else is allowed.

import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createManualClock } from '@sluice/core';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { fronts } from '../support/fronts.ts';
import type { RetryOptions } from '@sluice/http';

beforeEach(expectNoResourcesLeft);

const requestsPerSecond = 100;
const outageSeconds = 10;
const sent = requestsPerSecond * outageSeconds;

/** Origins that reset each connection once they have its request, and count. */
async function startBrokenOrigins(): Promise<{ readonly addresses: string[]; readonly seen: () => number }> {
  let seen = 0;
  const addresses: string[] = [];
  for (let started = 0; started < 3; started++) {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        seen++;
        socket.resetAndDestroy();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    addresses.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    onTestFinished(async () => {
      server.close();
      await once(server, 'close');
    });
  }
  return { addresses, seen: () => seen };
}

describe.each(fronts)('$name', (front) => {
  /** @returns how many requests the origins saw during an outage of ten seconds, at 100 requests per second */
  async function countDuringOutage(retry: RetryOptions): Promise<number> {
    const { addresses, seen } = await startBrokenOrigins();
    const clock = createManualClock();
    const { url } = await front.start({
      upstream: { endpoints: addresses, clock },
      retry: { maxAttempts: 3, on: ['connect', 'unanswered'], backoff: false, ...retry },
      clock,
    });
    const statuses = new Set<number>();
    for (let second = 0; second < outageSeconds; second++) {
      const answers = await Promise.all(Array.from({ length: requestsPerSecond }, () => fetch(url)));
      for (const answer of answers) {
        statuses.add(answer.status);
        await answer.body?.cancel();
      }
      clock.advance(1000);
    }
    expect([...statuses]).toEqual([502]);
    return seen();
  }

  test('adds a fifth of the requests to the load of the origins, where that is the budget', async () => {
    expect(await countDuringOutage({ budget: { ratio: 0.2, minPerSecond: 0 } })).toBe(sent * 1.2);
  });

  test('adds the least number of retries per second besides', async () => {
    const seen = await countDuringOutage({ budget: { ratio: 0.2, minPerSecond: 10 } });
    expect(seen).toBe(sent * 1.2 + 10 * outageSeconds);
  });

  test('adds nothing by default, since what has reached an origin is not repeated', async () => {
    expect(await countDuringOutage({ on: ['connect'] })).toBe(sent);
  });

  test('would triple the load without a budget', async () => {
    expect(await countDuringOutage({ budget: false })).toBe(sent * 3);
  });
});
