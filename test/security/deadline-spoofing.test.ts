// Attack: a client claims to have all the time of the world, twice, in other words, or as somebody whom it is not.
// Impact: exchanges that never end, and endpoints that work for ever for somebody who is not there.
// Guard: a deadline only ever shortens; the endpoint is told what the proxy keeps to, never what the client has written.

import { deadline, type DeadlineOptions } from '@sluice/http';
import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { exchangeRaw } from '../support/raw-client.ts';

const huge = ['999999999', '999999999999999', '9e99', 'Infinity', '-1', '0x7fffffff', '5, 999999'];

describe.each(fronts)('$name', (front) => {
  /** What the endpoint is told of a request with these lines. */
  async function start(options: DeadlineOptions): Promise<(...lines: string[]) => Promise<string[]>> {
    const origin = await startHttpOrigin((req, res) => {
      const told: string[] = [];
      for (let at = 0; at < req.rawHeaders.length; at += 2)
        if (/timeout/i.test(req.rawHeaders[at] ?? '')) told.push(req.rawHeaders[at + 1] ?? '');
      res.end(`told: ${told.join('|')}`);
    });
    const { port } = await front.start({
      to: origin.url,
      timeouts: { totalMs: 20_000 },
      middleware: [deadline(options)],
    });
    return async (...lines) => {
      const fields = lines.map((line) => `${line}\r\n`).join('');
      const answer = await exchangeRaw(port, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`);
      return (/told: (.*)$/.exec(answer)?.[1] ?? '').split('|');
    };
  }

  test('no value makes the time longer than the proxy’s own', async () => {
    const ask = await start({ from: 'X-Timeout' });
    for (const value of huge) {
      const told = await ask(`X-Timeout: ${value}`);
      expect(told.length, value).toBe(1);
      expect(Number(told[0]), value).toBeLessThanOrEqual(20_000);
      expect(Number(told[0]), value).toBeGreaterThan(0);
    }
    expect(Number((await ask('X-Timeout: 999999999', 'x-timeout: 999999999')).join('|'))).toBeLessThanOrEqual(20_000);
  });

  test('nobody is believed who is not a trusted proxy, if that is wanted', async () => {
    const ask = await start({ from: 'X-Timeout', believe: 'trusted' });
    const [told] = await ask('X-Timeout: 7', 'X-Forwarded-For: 127.0.0.1');
    expect(Number(told)).toBeGreaterThan(1_000);
  });

  test('a client can not take the field away from the endpoint by naming it in Connection', async () => {
    const ask = await start({ from: 'X-Timeout', maxMs: 5_000 });
    const [told] = await ask('X-Timeout: 999999999', 'Connection: X-Timeout');
    expect(Number(told)).toBeGreaterThan(0);
    expect(Number(told)).toBeLessThanOrEqual(5_000);
  });
});
