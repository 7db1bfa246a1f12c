// What middleware may do to a proxy: anything that a function can, and nothing may be left behind.

import { createHeaderList, createResponse, type Middleware, type ProxyResponse } from '@sluice/http';
import { describe, expect, test, vi } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw } from '../support/raw-client.ts';

/** What a middleware does that forgets its types. */
function returning(value: unknown): Middleware {
  return () => value as ProxyResponse;
}

/** A middleware that sends an interim response of its own. */
function informing(status: number, statusText: string, fields: string[]): Middleware {
  return (exchange, next) => {
    exchange.inform(status, statusText, createHeaderList(fields));
    return next();
  };
}

const behaviours: Readonly<Record<string, readonly [expected: string, middleware: Middleware]>> = {
  'answers by itself': ['200 mine', () => createResponse({ body: 'mine' })],
  'asks twice and takes the second answer': ['200 origin', async (_exchange, next) => (await next(), next())],
  'asks twice at once and takes the faster answer': ['200 origin', (_exchange, next) => Promise.race([next(), next()])],
  'asks and does not wait': ['200 mine', (_exchange, next) => (void next(), createResponse({ body: 'mine' }))],
  'replaces the body': [
    '200 other',
    async (_exchange, next) => ({ ...(await next()), body: createResponse({ body: 'other' }).body }),
  ],
  'throws before it asks': [
    '500 SLUICE_INTERNAL',
    () => {
      throw new Error('secret');
    },
  ],
  'throws after it has asked': [
    '500 SLUICE_INTERNAL',
    async (_exchange, next) => {
      await next();
      throw new Error('secret');
    },
  ],
  'returns nothing': ['500 SLUICE_INTERNAL', returning(undefined)],
  'asks and returns nothing': [
    '500 SLUICE_INTERNAL',
    async (_exchange, next) => {
      await next();
      return undefined as never;
    },
  ],
  'returns a response of fetch': ['500 SLUICE_INTERNAL', returning(new Response('secret'))],
  'returns a status that does not exist': ['500 SLUICE_INTERNAL', () => createResponse({ status: 9999 })],
  'returns a switch of protocols': ['500 SLUICE_INTERNAL', () => createResponse({ status: 101 })],
  'sends a final response as an interim one': ['500 SLUICE_INTERNAL', informing(200, 'OK', ['Content-Length', '0'])],
  'sends a switch of protocols as an interim response': ['500 SLUICE_INTERNAL', informing(101, 'Switching', [])],
  'sends an interim response with a line break': ['500 SLUICE_INTERNAL', informing(103, '', ['Link', 'a\r\nX: y'])],
  'catches an error': [
    '200 caught SLUICE_NO_ENDPOINT',
    async (exchange, next) => {
      exchange.upstream.update([]);
      return next().catch((error: { code: string }) => createResponse({ body: `caught ${error.code}` }));
    },
  ],
};

const requests = {
  'a GET': 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'an upgrade': 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
};

const cases = Object.entries(behaviours).flatMap(([behaviour, [expected, middleware]]) =>
  Object.entries(requests).map(([kind, request]) => ({ behaviour, kind, expected, middleware, request })),
);

describe.each(fronts)('$name', (front) => {
  test.each(cases)('middleware that $behaviour, of $kind', async ({ expected, middleware, request }) => {
    // It knows no upgrades, and answers them as the requests that they are.
    const origin = await startHttpOrigin((_req, res) => setTimeout(() => res.end('origin'), 2));
    const { port, proxy } = await front.start({ to: origin.url, middleware: [middleware] });
    const client = await connectRaw(port);
    client.send(request);
    const [status = '', body = ''] = expected.split(/ (.*)/);
    expect(await client.until(new RegExp(body))).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*\r\n\r\n[^]*${body}`));
    expect(client.received).not.toContain('secret');
    client.socket.end();
    await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
    expect(await proxy.drain(5_000)).toBe(0);
    expect(proxy.stats().transport.openConnections).toBe(0);
  });
});
