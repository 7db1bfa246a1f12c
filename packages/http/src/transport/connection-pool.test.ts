import { createManualClock, type ManualClock } from '@sluice/core';
import { expect, onTestFinished, test } from 'vitest';
import { collect, ContractSetup, nextTurn } from './contract/contract-setup.ts';
import type { PoolOptions } from './wire-transport-options.ts';
import { createWireTransport } from './wire-transport.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

interface PoolSetup extends Pick<ContractSetup, 'origin' | 'send' | 'exchange' | 'transport' | 'endpoint'> {
  readonly clock: ManualClock;
}

async function setUp(pool: PoolOptions): Promise<PoolSetup> {
  const clock = createManualClock();
  const setup = new ContractSetup(createWireTransport({ pool, clock }));
  await setup.origin.listen();
  onTestFinished(async () => {
    await setup.origin.close();
    await setup.transport.close();
    expect(clock.pendingTimers).toBe(0);
  });
  return Object.assign(setup, { clock });
}

/** Sends so many requests at the same time and answers all of them. */
async function exchangeAtOnce({ origin, send }: PoolSetup, count: number): Promise<void> {
  const all = Array.from({ length: count }, () => send());
  for (let index = 0; index < count; index++) {
    const connection = await origin.accept();
    await connection.nextHead();
    connection.send(ok);
  }
  for (const sent of all) await collect(await sent).done;
}

test('keeps no more idle connections than the limit says', async () => {
  const setup = await setUp({ maxIdlePerEndpoint: 2 });
  await exchangeAtOnce(setup, 4);
  expect(setup.transport.stats()).toMatchObject({ openConnections: 2, idleConnections: 2, connectionsCreated: 4 });
});

test('keeps none when the limit is zero', async () => {
  const { exchange, transport } = await setUp({ maxIdlePerEndpoint: 0 });
  await exchange(ok);
  expect(transport.stats()).toMatchObject({ openConnections: 0, idleConnections: 0 });
});

test('takes the connection that was used last', async () => {
  const setup = await setUp({});
  await exchangeAtOnce(setup, 3);
  const { origin, send, transport } = setup;
  for (let count = 0; count < 2; count++) {
    const sent = send();
    await origin.connections[2]?.nextHead();
    origin.connections[2]?.send(ok);
    await collect(await sent).done;
  }
  expect(transport.stats()).toMatchObject({ idleConnections: 3, connectionsReused: 2 });
});

test('closes a connection that is idle for too long', async () => {
  const { origin, exchange, transport, clock } = await setUp({ idleTimeoutMs: 1_000 });
  await exchange(ok);
  clock.advance(999);
  expect(transport.stats().idleConnections).toBe(1);
  clock.advance(1);
  expect(transport.stats()).toMatchObject({ openConnections: 0, idleConnections: 0 });
  await origin.connections[0]?.untilClosed();
});

test.each([
  ['timeout=5', 3_999, 4_000],
  ['timeout=60', 9_999, 10_000],
  ['max=5, timeout=1', 499, 500],
])('closes a connection before an origin that says Keep-Alive: %s', async (value, openMs, closedMs) => {
  const { exchange, transport, clock } = await setUp({ idleTimeoutMs: 10_000 });
  await exchange(`HTTP/1.1 200 OK\r\nKeep-Alive: ${value}\r\nContent-Length: 2\r\n\r\nok`);
  clock.advance(openMs);
  expect(transport.stats().idleConnections).toBe(1);
  clock.advance(closedMs - openMs);
  expect(transport.stats().idleConnections).toBe(0);
});

test('does not use a connection that is too old', async () => {
  const { origin, exchange, send, clock } = await setUp({ maxAgeMs: 2_000, idleTimeoutMs: 5_000 });
  await exchange(ok);
  clock.advance(1_999);
  const young = send();
  await origin.connections[0]?.nextHead();
  clock.advance(1);
  origin.connections[0]?.send(ok);
  await collect(await young).done;
  await origin.connections[0]?.untilClosed();
  await exchange(ok);
  clock.advance(2_000);
  await exchange(ok);
  expect(origin.connections).toHaveLength(3);
});

test('sends as many requests on a connection as the limit says, and announces the last one', async () => {
  const { origin, exchange, send } = await setUp({ maxRequestsPerConnection: 2 });
  await exchange(ok);
  const sent = send();
  const [connection] = origin.connections;
  expect(await connection?.nextHead()).toContain('\r\nConnection: close\r\n');
  connection?.send(ok);
  await collect(await sent).done;
  await connection?.untilClosed();
});

test('an endpoint that moves gets new connections, and the old ones are closed', async () => {
  const { origin, exchange, send, endpoint, transport } = await setUp({});
  const other = new ContractSetup(createWireTransport());
  await other.origin.listen();
  onTestFinished(() => other.origin.close());
  await exchange(ok);
  const moved = { ...endpoint(), address: other.endpoint().address };
  const sent = send({ endpoint: moved });
  const connection = await other.origin.accept();
  await connection.nextHead();
  connection.send(ok);
  await collect(await sent).done;
  await origin.connections[0]?.untilClosed();
  expect(transport.stats()).toMatchObject({ openConnections: 1, connectionsCreated: 2 });
});

test('counts connections and those that were used again', async () => {
  const { origin, exchange, transport } = await setUp({});
  await exchange(ok);
  origin.connections[0]?.finish();
  await origin.connections[0]?.untilClosed();
  await nextTurn();
  await exchange(ok);
  expect(transport.stats()).toEqual({
    openConnections: 1,
    idleConnections: 1,
    connectionsCreated: 2,
    connectionsReused: 0,
  });
});
