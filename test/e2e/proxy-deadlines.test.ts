// Deadlines: clients say how long they wait, exchanges take no longer, and endpoints hear what is left.

import { createManualClock } from '@sluice/core';
import { deadline } from '@sluice/http';
import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

function getWith(...fields: string[]): string {
  return `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields.map((line) => `${line}\r\n`).join('')}\r\n`;
}

describe.each(fronts)('$name', (front) => {
  test('the endpoint hears what is left, and the next one hears less', async () => {
    const first = await startScriptedOrigin();
    const second = await startHttpOrigin((req, res) => res.end(`left: ${String(req.headers['grpc-timeout'])}`));
    const clock = createManualClock();
    const { port } = await front.start({
      clock,
      upstream: { balancer: 'first-available', endpoints: [first.url, second.url], clock },
      retry: { on: ['unanswered'], backoff: false },
      middleware: [deadline({ from: 'grpc-timeout' }, clock)],
    });
    const answer = exchangeRaw(port, getWith('grpc-timeout: 10S'));
    const connection = await first.accept();
    expect(await connection.until(/\r\n\r\n/)).toMatch(/grpc-timeout: 10000m\r\n/i);
    clock.advance(4_000);
    connection.socket.resetAndDestroy();
    expect(await answer).toMatch(/^HTTP\/1\.1 200 [^]*left: 6000m$/);
  });

  test('an endpoint that takes longer is given up, and hears that', async () => {
    const slow = await startScriptedOrigin();
    const { port, proxy } = await front.start({ to: slow.url, middleware: [deadline({ from: 'X-Timeout' })] });
    const answer = exchangeRaw(port, getWith('X-Timeout: 50'));
    const connection = await slow.accept();
    expect(await answer).toMatch(/^HTTP\/1\.1 504 [^]*SLUICE_TOTAL_TIMEOUT/);
    await connection.untilClosed();
    expect(proxy.stats().upstream.inFlight).toBe(0);
  });

  test('a request whose time is over is answered with 504, and garbage with 400 if that is wanted; nobody is asked', async () => {
    const origin = await startHttpOrigin((_, res) => res.end());
    const { port, proxy } = await front.start({
      to: origin.url,
      middleware: [deadline({ from: 'X-Timeout', invalid: 'refuse' })],
    });
    expect(await exchangeRaw(port, getWith('X-Timeout: 0'))).toMatch(/^HTTP\/1\.1 504 [^]*SLUICE_DEADLINE_PASSED/);
    expect(await exchangeRaw(port, getWith('X-Timeout: soon'))).toMatch(/^HTTP\/1\.1 400 [^]*SLUICE_DEADLINE_INVALID/);
    expect(proxy.stats().upstream.endpoints[0]?.acquired).toBe(0);
  });
});
