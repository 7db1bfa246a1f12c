// The TCP proxy with real sockets: what goes through, who is let in, which endpoint is dialled, and how everything ends.

import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createManualClock, createUpstream, type ProxyError } from '@sluice/core';
import { peek, type Prelude, type ConnectionRefused } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { logBytes } from '../support/byte-log.ts';
import { isKeptAlive } from '../support/kernel-connections.ts';
import { connectInVain, connectRaw } from '../support/raw-client.ts';
import { createSocketPath, startRawServer, whenClosed } from '../support/raw-server.ts';
import { startTcpProxy, type StartedTcpProxy, type StartedTcpProxyOptions } from '../support/tcp-proxy.ts';

beforeEach(expectNoResourcesLeft);

async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 10_000, interval: 5 });
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = await startRawServer();
  await server.close();
  return server.port;
}

describe('a session', () => {
  test('carries bytes and ends both ways, and is told and counted', async () => {
    const origin = await startRawServer();
    const { proxy, port, sessions } = await startTcpProxy({ to: `127.0.0.1:${origin.port}` });
    const client = await connectRaw(port);
    const clientPort = client.socket.localPort;
    client.send('question');
    const served = logBytes(await origin.accept());
    await served.until(/question/);
    expect(proxy.stats()).toMatchObject({ connectionsOpen: 1, sessionsOpen: 1 });
    expect(proxy.upstream?.stats()).toMatchObject({ inFlight: 1 });
    client.socket.end('!');
    expect(await served.untilClosed()).toBe('question!');
    served.socket.end('answer');
    expect(await client.untilClosed()).toBe('answer');
    await until(() => sessions.length === 1);
    expect(sessions[0]).toMatchObject({
      connection: { remoteAddress: '127.0.0.1', remotePort: clientPort, localPort: port },
      endpoint: { id: `127.0.0.1:${origin.port}` },
      ended: 'both-ended',
      bytesForward: 9,
      bytesBackward: 6,
    });
    expect(proxy.stats()).toMatchObject({
      connectionsAccepted: 1,
      connectionsRefused: {},
      sessionsEnded: { 'both-ended': 1, error: 0 },
      bytesForward: 9,
      bytesBackward: 6,
    });
    expect(proxy.upstream?.stats()).toMatchObject({ inFlight: 0, endpoints: [{ ok: 1 }] });
  });

  test('of an endpoint that speaks first, and of one behind a Unix socket', async () => {
    const path = createSocketPath();
    const origin = await startRawServer({ path });
    const { proxy } = await startTcpProxy({ to: `unix:${path}` });
    const front = createSocketPath();
    expect(await proxy.listen({ path: front })).toMatchObject({ url: `unix:${front}`, port: 0 });
    const client = await connectRaw(front);
    (await origin.accept()).end('220 ready');
    expect(await client.untilClosed()).toBe('220 ready');
    client.socket.end();
  });

  test('that its client resets is reset at the endpoint, and says nothing about its health', async () => {
    const origin = await startRawServer();
    const { proxy, port, sessions } = await startTcpProxy({ to: `127.0.0.1:${origin.port}` });
    const client = await connectRaw(port);
    const served = logBytes(await origin.accept());
    client.socket.resetAndDestroy();
    await whenClosed(served.socket);
    expect(served.wasReset).toBe(true);
    await until(() => sessions.length === 1);
    expect(sessions[0]).toMatchObject({ ended: 'error', side: 'downstream', error: { code: 'ECONNRESET' } });
    expect(proxy.upstream?.stats()).toMatchObject({ endpoints: [{ failed: 0, cancelled: 1, inFlight: 0 }] });
  });

  test('that its endpoint resets is reset at the client', async () => {
    const origin = await startRawServer();
    const { proxy, port, sessions } = await startTcpProxy({ to: `127.0.0.1:${origin.port}` });
    const client = await connectRaw(port);
    const served = await origin.accept();
    await until(() => proxy.stats().sessionsOpen === 1);
    served.resetAndDestroy();
    await whenClosed(client.socket);
    expect(client.wasReset).toBe(true);
    await until(() => sessions.length === 1);
    expect(sessions[0]).toMatchObject({ ended: 'error', side: 'upstream' });
  });

  test('is closed when nothing moves, and cut when it has lasted too long', async () => {
    const origin = await startRawServer();
    const to = `127.0.0.1:${origin.port}`;
    const [idle, long] = [
      await startTcpProxy({ to, timeouts: { idleMs: 50 } }),
      await startTcpProxy({ to, timeouts: { sessionMs: 50 } }),
    ];
    const clients = [await connectRaw(idle.port), await connectRaw(long.port)];
    await Promise.all(clients.map((client) => client.untilClosed()));
    await until(() => idle.sessions.length === 1 && long.sessions.length === 1);
    expect(idle.sessions[0]).toMatchObject({ ended: 'idle-timeout', error: { code: 'SLUICE_IDLE_TIMEOUT' } });
    expect(long.sessions[0]).toMatchObject({ ended: 'cancelled', error: { code: 'SLUICE_SESSION_TIMEOUT' } });
    expect(clients[1]?.wasReset).toBe(true);
  });

  test('is kept alive on both sides, once it is as old as that', async () => {
    const clock = createManualClock();
    const origin = await startRawServer();
    const timeouts = { keepAliveMs: 60_000 };
    const { proxy, port } = await startTcpProxy({ to: `127.0.0.1:${origin.port}`, timeouts, clock });
    const client = await connectRaw(port);
    const { remotePort: upstreamPort = 0 } = await origin.accept();
    await until(() => proxy.stats().sessionsOpen === 1);
    const { localPort: clientPort = 0 } = client.socket;
    const areKeptAlive = (): boolean[] => [isKeptAlive(port, clientPort), isKeptAlive(upstreamPort, origin.port)];
    clock.advance(55_000);
    expect(areKeptAlive()).toEqual([false, false]);
    clock.advance(6_000);
    expect(areKeptAlive()).toEqual([true, true]);
  });

  test.each([
    { keepAliveMs: undefined, isKept: true },
    { keepAliveMs: false, isKept: false },
  ] as const)(
    'with keepAliveMs $keepAliveMs is kept alive after a minute: $isKept',
    async ({ keepAliveMs, isKept }) => {
      const clock = createManualClock();
      const origin = await startRawServer();
      const timeouts = keepAliveMs === undefined ? {} : { keepAliveMs };
      const { proxy, port } = await startTcpProxy({ to: `127.0.0.1:${origin.port}`, timeouts, clock });
      await connectRaw(port);
      const { remotePort: upstreamPort = 0 } = await origin.accept();
      await until(() => proxy.stats().sessionsOpen === 1);
      clock.advance(60_000);
      expect(isKeptAlive(upstreamPort, origin.port)).toBe(isKept);
    },
  );

  test('of a socket that a server of the user has accepted', async () => {
    const origin = await startRawServer();
    const { proxy } = await startTcpProxy({ to: `127.0.0.1:${origin.port}` });
    const server = createServer({ allowHalfOpen: true }, proxy.handle).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const client = await connectRaw((server.address() as AddressInfo).port);
    client.send('x');
    await logBytes(await origin.accept()).until(/x/);
  });
});

describe('bytes that come before there is an endpoint', () => {
  test('wait, with the end behind them', async () => {
    const origin = await startRawServer();
    const upstream = createUpstream({ endpoints: [`127.0.0.1:${origin.port}`] });
    let choose = (): void => {};
    const chosen = new Promise<void>((resolve) => (choose = resolve));
    const { port } = await startTcpProxy({ route: () => chosen.then(() => upstream) });
    const client = await connectRaw(port);
    client.socket.end('early');
    await once(client.socket, 'finish');
    choose();
    const served = logBytes(await origin.accept());
    expect(await served.untilClosed()).toBe('early');
    served.socket.end('answer');
    expect(await client.untilClosed()).toBe('answer');
  });

  test('fill no more than the buffers of the connection', async () => {
    const { proxy, port } = await startTcpProxy({ route: () => new Promise(() => {}) });
    const accepted: number[] = [];
    const client = await connectRaw(port);
    const chunk = Buffer.alloc(1024 * 1024);
    client.socket.on('error', () => {});
    for (let count = 0; count < 64; count++) client.socket.write(chunk);
    await until(() => proxy.stats().connectionsOpen === 1);
    // What was sent is what the system's buffers and ours have taken; it stays so when nobody reads.
    await until(() => {
      accepted.push(client.socket.bytesWritten - client.socket.writableLength);
      return accepted.length > 20 && accepted.at(-1) === accepted.at(-10);
    });
    expect(client.socket.writableLength).toBeGreaterThan(32 * 1024 * 1024);
  });
});

describe('endpoints that can not be connected', () => {
  test('are followed by another one, each tried once', async () => {
    const origin = await startRawServer();
    const [deadOne, deadTwo] = [await closedPort(), await closedPort()];
    const { proxy, port } = await startTcpProxy({
      upstream: {
        endpoints: [`127.0.0.1:${deadOne}`, `127.0.0.1:${deadTwo}`, `127.0.0.1:${origin.port}`],
        balancer: 'round-robin',
        health: false,
      },
    });
    const failures: string[] = [];
    proxy.on('connect-failed', ({ endpoint, error }) => failures.push(`${endpoint.id} ${error.code}`));
    const client = await connectRaw(port);
    client.send('x');
    await logBytes(await origin.accept()).until(/x/);
    expect(failures).toEqual([
      `127.0.0.1:${deadOne} SLUICE_CONNECT_REFUSED`,
      `127.0.0.1:${deadTwo} SLUICE_CONNECT_REFUSED`,
    ]);
    expect(proxy.stats()).toMatchObject({ connectsFailed: 2, sessionsOpen: 1 });
  });

  test('refuse the client when none is left, or when enough were tried', async () => {
    const endpoints = [`127.0.0.1:${await closedPort()}`, `127.0.0.1:${await closedPort()}`];
    const all = await startTcpProxy({ to: endpoints });
    const one = await startTcpProxy({ to: endpoints, maxAttempts: 1 });
    for (const { port } of [all, one]) await whenClosed(connectInVain(port).socket);
    expect(all.proxy.stats()).toMatchObject({ connectsFailed: 2, connectionsRefused: { SLUICE_CONNECT_REFUSED: 1 } });
    expect(one.proxy.stats()).toMatchObject({ connectsFailed: 1, connectionsRefused: { SLUICE_CONNECT_REFUSED: 1 } });
    expect(all.proxy.upstream?.stats()).toMatchObject({ inFlight: 0 });
  });
});

async function refusalOf(
  options: StartedTcpProxyOptions,
  act?: (setup: StartedTcpProxy) => Promise<void>,
): Promise<ProxyError> {
  const setup = await startTcpProxy(options);
  const client = connectInVain(setup.port);
  await act?.(setup);
  await whenClosed(client.socket);
  await until(() => setup.refused.length > 0);
  const { error } = setup.refused.at(-1) as ConnectionRefused;
  expect(setup.proxy.stats()).toMatchObject({ connectionsRefused: { [error.code]: 1 } });
  expect(client.wasReset).toBe(true);
  return error;
}

describe('a connection is refused', () => {
  const to = '127.0.0.1:9';

  test('by its address, before anything is read', async () => {
    const route = vi.fn<() => undefined>();
    expect(await refusalOf({ route, deny: ['127.0.0.0/8'] })).toMatchObject({ code: 'SLUICE_CLIENT_DENIED' });
    expect(await refusalOf({ route, allow: ['10.0.0.0/8'] })).toMatchObject({
      code: 'SLUICE_CLIENT_DENIED',
      message: '127.0.0.1 may not connect',
    });
    expect(route).not.toHaveBeenCalled();
  });

  test('by a route that knows none, throws, or takes too long', async () => {
    expect(await refusalOf({ route: () => undefined })).toMatchObject({ code: 'SLUICE_NO_ROUTE' });
    const cause = new Error('broken');
    const route = (): never => {
      throw cause;
    };
    expect(await refusalOf({ route })).toMatchObject({ code: 'SLUICE_ROUTE_FAILED', cause });
    expect(await refusalOf({ route: () => Promise.reject(cause) })).toMatchObject({ code: 'SLUICE_ROUTE_FAILED' });
    const slow = { route: () => new Promise<undefined>(() => {}), timeouts: { establishMs: 50 } };
    expect(await refusalOf(slow)).toMatchObject({ code: 'SLUICE_ESTABLISH_TIMEOUT' });
  });

  test('by an upstream without endpoints', async () => {
    expect(await refusalOf({ to: [] })).toMatchObject({ code: 'SLUICE_NO_ENDPOINT' });
  });

  test('when the proxy is closed', async () => {
    const route = (): Promise<undefined> => new Promise(() => {});
    const act = async ({ proxy }: StartedTcpProxy): Promise<void> => {
      await until(() => proxy.stats().connectionsOpen === 1);
      await proxy.close();
    };
    expect(await refusalOf({ route }, act)).toMatchObject({ code: 'SLUICE_SHUTTING_DOWN' });
  });

  test('when there are too many, in all or of its address, until one leaves', async () => {
    const origin = await startRawServer();
    for (const [limits, code] of [
      [{ maxConnections: 1 }, 'SLUICE_CONNECTIONS_FULL'],
      [{ maxConnectionsPerAddress: 1 }, 'SLUICE_CONNECTIONS_PER_ADDRESS'],
    ] as const) {
      const { proxy, port } = await startTcpProxy({ to: `127.0.0.1:${origin.port}`, limits });
      const first = await connectRaw(port);
      const served = await origin.accept();
      await whenClosed(connectInVain(port).socket);
      expect(proxy.stats()).toMatchObject({ connectionsOpen: 1, connectionsRefused: { [code]: 1 } });
      first.socket.end();
      served.end();
      await until(() => proxy.stats().connectionsOpen === 0);
      const third = await connectRaw(port);
      third.send('x');
      await logBytes(await origin.accept()).until(/x/);
    }
  });

  test('when too many come within a second', async () => {
    const { proxy, port } = await startTcpProxy({ to, limits: { maxAcceptsPerSecond: 2 } });
    for (let count = 0; count < 4; count++) await whenClosed(connectInVain(port).socket);
    expect(proxy.stats().connectionsRefused['SLUICE_ACCEPT_RATE']).toBeGreaterThanOrEqual(1);
  });

  test('when its client leaves before it has an endpoint', async () => {
    let choose = (): void => {};
    const chosen = new Promise<undefined>((resolve) => (choose = () => resolve(undefined)));
    const { proxy, port, refused } = await startTcpProxy({ route: () => chosen });
    const client = await connectRaw(port);
    await until(() => proxy.stats().connectionsOpen === 1);
    client.socket.resetAndDestroy();
    await until(() => refused.length === 1);
    expect(refused[0]).toMatchObject({ error: { code: 'SLUICE_CLIENT_LEFT', source: 'downstream' } });
    choose();
  });
});

describe('a prelude', () => {
  test('reads first bytes and notes facts, by which the route chooses', async () => {
    const [one, two] = [await startRawServer(), await startRawServer()];
    const upstreams = {
      '1': createUpstream({ endpoints: [`127.0.0.1:${one.port}`] }),
      '2': createUpstream({ endpoints: [`127.0.0.1:${two.port}`] }),
    };
    const { port } = await startTcpProxy({
      preludes: [
        async (socket, connection, cancellation) => {
          const inspect = (bytes: Buffer): { value: string; consume: number } => ({
            value: bytes.toString('latin1', 0, 1),
            consume: 1,
          });
          const { value } = await peek(socket, { inspect, maxBytes: 1, timeoutMs: 5_000, cancellation });
          connection.remoteAddress = `10.0.0.${value}`;
          return socket;
        },
      ],
      route: ({ remoteAddress }) => upstreams[remoteAddress.slice(-1) as '1' | '2'],
    });
    const client = await connectRaw(port);
    client.send('2hello');
    await logBytes(await two.accept()).until(/^hello$/);
    expect(one.waiting).toBe(0);
  });

  test('changes whom a connection counts as', async () => {
    const origin = await startRawServer();
    const limits = { maxConnectionsPerAddress: 1 };
    let count = 0;
    const tellAnother: Prelude = (socket, connection) => {
      connection.remoteAddress = `10.0.0.${Math.min(++count, 3)}`;
      return socket;
    };
    const prelude = Object.assign(tellAnother, { speaksFor: () => true });
    const setup = await startTcpProxy({
      to: `127.0.0.1:${origin.port}`,
      limits,
      preludes: [prelude],
      deny: ['10.0.0.9'],
    });
    const clients = [await connectRaw(setup.port), await connectRaw(setup.port), await connectRaw(setup.port)];
    await until(() => setup.proxy.stats().sessionsOpen === 3);
    await whenClosed(connectInVain(setup.port).socket);
    expect(setup.refused).toMatchObject([
      { connection: { remoteAddress: '10.0.0.3' }, error: { code: 'SLUICE_CONNECTIONS_PER_ADDRESS' } },
    ]);
    expect(clients.length).toBe(3);
  });
});

describe('an endpoint that is taken out of rotation', () => {
  test.each([
    { policy: 'keep', ended: undefined },
    { policy: 'cut', ended: 'SLUICE_ENDPOINT_LOST' },
    { policy: 'drain', ended: 'SLUICE_ENDPOINT_LOST' },
  ] as const)('by an update: its sessions $policy', async ({ policy, ended }) => {
    const [gone, stays] = [await startRawServer(), await startRawServer()];
    const { proxy, port, sessions } = await startTcpProxy({
      upstream: { endpoints: [`127.0.0.1:${gone.port}`, `127.0.0.1:${stays.port}`], balancer: 'round-robin' },
      endpointLoss: { onRemoved: policy, drainMs: 50 },
    });
    const [one, two] = [await connectRaw(port), await connectRaw(port)];
    const [served, kept] = [logBytes(await gone.accept()), logBytes(await stays.accept())];
    proxy.upstream?.update([`127.0.0.1:${stays.port}`]);
    await until(() => sessions.length === (ended === undefined ? 0 : 1));
    expect(sessions.map(({ error }) => (error as ProxyError).code)).toEqual(ended === undefined ? [] : [ended]);
    one.send('x');
    expect(await (ended === undefined ? served.until(/x/) : served.untilClosed())).toBe(ended === undefined ? 'x' : '');
    two.send('y');
    await kept.until(/y/);
  });

  test('by its health, or at the end of its drain', async () => {
    const [gone, stays] = [await startRawServer(), await startRawServer()];
    const upstream = createUpstream({
      endpoints: [`127.0.0.1:${gone.port}`, `127.0.0.1:${stays.port}`],
      balancer: 'round-robin',
    });
    const { port, sessions } = await startTcpProxy({ upstream, endpointLoss: { onEjected: 'cut', onDrained: 'cut' } });
    const [one, two] = [await connectRaw(port), await connectRaw(port)];
    await Promise.all([gone.accept(), stays.accept()]);
    const id = `127.0.0.1:${stays.port}`;
    const lease = await upstream.acquire({ accept: (endpoint) => endpoint.id !== id });
    lease.release({ result: 'failed', error: new Error('broken') });
    await until(() => sessions.length === 1);
    await whenClosed(one.socket);
    await upstream.drain(id, 0);
    await whenClosed(two.socket);
    await until(() => sessions.length === 2);
    expect(sessions.map(({ error }) => error?.message)).toEqual([
      `the endpoint 127.0.0.1:${gone.port} was ejected`,
      `the endpoint 127.0.0.1:${stays.port} was drained`,
    ]);
  });

  test('by its active checks', async () => {
    const origin = await startRawServer();
    let isWell = true;
    const upstream = createUpstream({
      endpoints: [`127.0.0.1:${origin.port}`],
      health: { checks: [{ probe: () => ({ healthy: isWell }), intervalMs: 5, fall: 1 }] },
    });
    onTestFinished(() => upstream.close());
    const { port, sessions } = await startTcpProxy({ upstream, endpointLoss: { onEjected: 'cut' } });
    const client = await connectRaw(port);
    await origin.accept();
    isWell = false;
    await whenClosed(client.socket);
    await until(() => sessions.length === 1);
    expect(sessions[0]?.error?.message).toBe(`the endpoint 127.0.0.1:${origin.port} was found unhealthy`);
  });
});

describe('the end of a proxy', () => {
  test('waits for sessions, and cuts what is open when its time is over', async () => {
    const origin = await startRawServer();
    const clean = await startTcpProxy({ to: `127.0.0.1:${origin.port}` });
    const client = await connectRaw(clean.port);
    const served = await origin.accept();
    const drained = clean.proxy.drain();
    await expect(connectRaw(clean.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    client.socket.end();
    served.end();
    expect(await drained).toBe(0);

    const late = await startTcpProxy({ to: `127.0.0.1:${origin.port}` });
    const stubborn = await connectRaw(late.port);
    await origin.accept();
    expect(await late.proxy.drain(50)).toBe(1);
    await whenClosed(stubborn.socket);
    expect(stubborn.wasReset).toBe(true);
    expect(late.sessions).toMatchObject([{ ended: 'cancelled', error: { code: 'SLUICE_SHUTTING_DOWN' } }]);
  });

  test('refuses to listen again, and to serve what others have accepted', async () => {
    const { proxy, refused } = await startTcpProxy({ to: '127.0.0.1:9' });
    await proxy.close();
    await expect(proxy.listen()).rejects.toMatchObject({ code: 'SLUICE_SHUTTING_DOWN' });
    const server = await startRawServer();
    const client = await connectRaw(server.port);
    proxy.handle(await server.accept());
    await whenClosed(client.socket);
    expect(refused).toMatchObject([{ error: { code: 'SLUICE_SHUTTING_DOWN' } }]);
  });

  test('a listener that can not be had rejects with the error of node', async () => {
    const server = await startRawServer();
    const { proxy } = await startTcpProxy({ to: '127.0.0.1:9' });
    await expect(proxy.listen(server.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
