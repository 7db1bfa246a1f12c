// The promise of a load balancer: an endpoint goes down and comes back under load, and no client notices.

import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';

/** The whole length of the test; SLUICE_LONG=1 takes the full 20 seconds. */
const lengthMs = process.env['SLUICE_LONG'] === '1' ? 20_000 : 6_000;

function request(agent: Agent, url: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = get(url, { agent }, (res) => {
      let body = '';
      res.on('data', (chunk: Buffer) => (body += chunk.toString()));
      res.on('end', () => resolve(`${res.statusCode} ${body}`));
      res.on('error', (error) => resolve(error.message));
    });
    sent.on('error', (error) => resolve(error.message));
  });
}

describe.each(fronts.slice(0, 2))('$name', (front) => {
  test(
    '32 connections of GETs lose nothing while an origin is stopped and restarted twice',
    { timeout: lengthMs * 3 },
    async () => {
      const answer = (name: string) => startHttpOrigin((_req, res) => res.end(name));
      const origins = await Promise.all(['a', 'b', 'c', 'd'].map(answer));
      const { url, proxy } = await front.start({
        upstream: { endpoints: origins.map((origin) => origin.url), health: { failTimeoutMs: 300 } },
        retry: { on: ['connect', 'unanswered'] },
      });
      const agent = new Agent({ keepAlive: true, maxSockets: 32 });
      onTestFinished(() => agent.destroy());

      const answers = new Map<string, number>();
      let isOver = false;
      const clients = Array.from({ length: 32 }, async () => {
        while (!isOver) {
          const got = await request(agent, url);
          answers.set(got, (answers.get(got) ?? 0) + 1);
        }
      });
      let [victim] = origins;
      const served: number[] = [];
      for (let round = 0; round < 2; round++) {
        await sleep(lengthMs / 5);
        await victim?.kill();
        await sleep(lengthMs / 5);
        served.push(answers.get('200 a') ?? 0);
        victim = await startHttpOrigin((_req, res) => res.end('a'), victim?.port);
      }
      await sleep(lengthMs / 5);
      isOver = true;
      await Promise.all(clients);

      expect([...answers.keys()].toSorted()).toEqual(['200 a', '200 b', '200 c', '200 d']);
      // It was out while it was down, and has work again each time it came back.
      expect(proxy.stats().upstream.endpoints[0]?.ejections).toBeGreaterThanOrEqual(2);
      expect(served[1]).toBeGreaterThan(served[0] ?? 0);
      expect(answers.get('200 a')).toBeGreaterThan(served[1] ?? 0);
    },
  );
});
