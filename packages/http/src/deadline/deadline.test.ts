import { createManualClock, type Endpoint, type Upstream } from '@sluice/core';
import { expect, test } from 'vitest';
import { emptyBody } from '../body/body.ts';
import { ProxyExchange } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { createResponse } from '../response/response.ts';
import { deadline } from './deadline.ts';
import type { DeadlineOptions } from './deadline-options.ts';

const field = 'X-Request-Timeout-Ms';

async function pass(options: DeadlineOptions, fields: readonly string[], totalMs = Infinity, trusted = false) {
  const clock = createManualClock(1_000_000);
  const request = {
    method: 'GET',
    target: '/',
    version: '1.1',
    headers: createHeaderList(fields),
    body: emptyBody,
    expectContinue: false,
    upgrade: undefined,
  } as const;
  const connection = { remoteAddress: '127.0.0.1', remotePort: 1, localPort: 2, secure: false };
  const client = { address: '127.0.0.1', port: 1, protocol: 'http', host: 'a', trusted } as const;
  const home = { upstream: {} as Upstream, resolveClient: () => client, nextId: () => '1', clock, totalMs };
  const exchange = new ProxyExchange({ request, connection, inform: () => {} }, home);
  exchange.record = { startedMs: clock.now(), deadline: undefined, error: undefined } as unknown as NonNullable<
    typeof exchange.record
  >;
  let passed = 0;
  await deadline(options, clock)(exchange, () => {
    passed++;
    return Promise.resolve(createResponse());
  });
  const told = (name = field): string | undefined => {
    const headers = exchange.request.headers.clone();
    for (const edit of exchange.attemptEdits ?? []) edit(headers, {} as Endpoint);
    return headers.get(name);
  };
  return { clock, exchange, told, passed };
}

test('shortens the exchange, and tells each attempt what is left then', async () => {
  const { clock, exchange, told } = await pass({ from: field }, [field, '500']);
  expect([exchange.remainingMs, told()]).toEqual([500, '500']);
  clock.advance(200);
  expect(told()).toBe('300');
  clock.advance(299.5);
  expect(told).toThrow(/too little/);
  clock.advance(0.5);
  expect(exchange.scope.reason).toMatchObject({ code: 'SLUICE_TOTAL_TIMEOUT' });
});

test('never lengthens it, and what the endpoint is told is the truth', async () => {
  const { exchange, told } = await pass({ from: field }, [field, '999999'], 400);
  expect([exchange.remainingMs, told()]).toEqual([400, '400']);
  const capped = await pass({ from: field, maxMs: 300 }, [field, '999999'], 400);
  expect(capped.told()).toBe('300');
});

test('what is granted at most is for those who ask for nothing, too', async () => {
  expect((await pass({ from: field, maxMs: 300 }, [])).told()).toBe('300');
  const { exchange, told, clock } = await pass({ from: field }, []);
  expect([exchange.remainingMs, told(), clock.pendingTimers]).toEqual([Infinity, undefined, 0]);
});

test('the word of an untrusted client is removed when only trusted ones are believed', async () => {
  const options = { from: field, believe: 'trusted' } as const;
  expect((await pass(options, [field, '5'])).told()).toBeUndefined();
  expect((await pass(options, [field, '5'], Infinity, true)).told()).toBe('5');
});

test('reads one field and writes another, and keeps something back for the way', async () => {
  const options = { from: 'grpc-timeout', to: { field: 'X-Left', format: 'seconds' }, reserveMs: 100 } as const;
  const { told } = await pass(options, ['grpc-timeout', '2S', 'X-Left', '99']);
  expect([told('x-left'), told('grpc-timeout')]).toEqual(['1.9', undefined]);
});

test('tells nothing when that is wanted', async () => {
  const { exchange, told } = await pass({ from: field, to: false }, [field, '50']);
  expect([exchange.remainingMs, told()]).toEqual([50, undefined]);
});

test.each([
  [{ from: field }, '0'],
  [{ from: field, minMs: 0 }, '0'],
  [{ from: field, minMs: 20 }, '19'],
  [{ from: { field, format: 'unix-milliseconds' } }, '999999'],
] as const)('%j: nobody is asked for a request that grants %s', async (options, value) => {
  await expect(pass(options, [field, value])).rejects.toMatchObject({ code: 'SLUICE_DEADLINE_PASSED' });
});

test.each([[[field, 'soon']], [[field, '-5']], [[field, '5', field, '5000']]])('garbage: %j', async (fields) => {
  expect((await pass({ from: field }, fields)).told()).toBeUndefined();
  await expect(pass({ from: field, invalid: 'refuse' }, fields)).rejects.toMatchObject({
    code: 'SLUICE_DEADLINE_INVALID',
  });
});

test('the timer ends with the exchange', async () => {
  const { exchange, clock } = await pass({ from: field }, [field, '500']);
  expect(clock.pendingTimers).toBe(1);
  exchange.end();
  expect(clock.pendingTimers).toBe(0);
});

test('says everything that is wrong with its options', () => {
  const options = { from: { field: 'a b', format: 'minutes' }, believe: 'me' } as unknown as DeadlineOptions;
  expect(() => deadline(options)).toThrow(/from\.field must be the name.*from\.format.*believe/s);
});
