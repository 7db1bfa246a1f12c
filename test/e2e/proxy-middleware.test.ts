// What middleware may do to a proxy: anything that a function can, and nothing may be left behind.

import { createResponse, type Middleware } from '@sluice/http';
import { expect, test, vi } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';

const [listener] = fronts;
if (listener === undefined) throw new Error('no front');

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
  'returns nothing': ['500 SLUICE_INTERNAL', () => undefined as never],
  'returns a status that does not exist': ['500 SLUICE_INTERNAL', () => createResponse({ status: 9999 })],
  'catches an error': [
    '200 caught SLUICE_NO_ENDPOINT',
    async (exchange, next) => {
      exchange.upstream.update([]);
      return next().catch((error: { code: string }) => createResponse({ body: `caught ${error.code}` }));
    },
  ],
};

test.each(Object.entries(behaviours))('middleware that %s', async (_behaviour, [expected, middleware]) => {
  const origin = await startHttpOrigin((_req, res) => setTimeout(() => res.end('origin'), 2));
  const { url, proxy } = await listener.start({ to: origin.url, middleware: [middleware] });
  const response = await fetch(url);
  const body = await response.text();
  expect(`${response.status} ${/SLUICE_INTERNAL/.exec(body)?.[0] ?? body}`).toBe(expected);
  expect(body).not.toContain('secret');
  await vi.waitFor(() => expect(proxy.stats()).toMatchObject({ exchangesOpen: 0, upstream: { inFlight: 0 } }));
  expect(await proxy.drain(5_000)).toBe(0);
  expect(proxy.stats().transport.openConnections).toBe(0);
});
