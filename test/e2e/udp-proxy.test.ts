// The UDP proxy with real sockets: what goes through, from where replies come, which endpoint gets it, and how everything ends.

import { createManualClock, createUpstream } from '@sluice/core';
import { createUdpProxy, type UdpListenOptions, type UdpProxy, type UdpProxyOptions } from '@sluice/l4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCountingClock } from '../support/counting-clock.ts';
import { openEcho, openPeer, reservePort, type DatagramPeer } from '../support/datagram-peer.ts';

beforeEach(expectNoResourcesLeft);

interface Setup {
  readonly proxy: UdpProxy;
  readonly port: number;
  /** What was told, in short. */
  readonly told: string[];
}

async function startProxy(options: UdpProxyOptions, listen?: UdpListenOptions): Promise<Setup> {
  const clock = createCountingClock();
  const proxy = createUdpProxy({ clock, ...options });
  const told: string[] = [];
  proxy.on('session-closed', ({ ended, error }) => told.push(error === undefined ? ended : `${ended} ${error.code}`));
  proxy.on('endpoint-failed', ({ error }) => told.push(error.code));
  onTestFinished(async () => {
    await proxy.close();
    expect(clock.pendingTimers).toBe(0);
    expect(proxy.stats().sessionsOpen).toBe(0);
  });
  const { port } = await proxy.listen(listen);
  return { proxy, port, told };
}

async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 10_000, interval: 5 });
}

/** Asks as a client does that knows about UDP: again, when nothing has come for a while. @returns how often it had to */
async function askUntilAnswered(client: DatagramPeer, port: number): Promise<number> {
  const count = client.received.length;
  for (let tries = 0; ; tries++) {
    client.send('q', port);
    const isAnswered = await vi
      .waitUntil(() => client.received.length > count, { timeout: 1_000, interval: 1 })
      .catch(() => false);
    if (isAnswered) return tries;
  }
}

describe('a session', () => {
  test('carries datagrams both ways, empty and large ones too, and replies come from the port that was asked', async () => {
    const echo = await openEcho('echo');
    const { proxy, port } = await startProxy({ to: echo.address });
    const client = await openPeer();
    const large = 'x'.repeat(60_000);
    expect(await client.ask('hello', port)).toBe('echo: hello');
    expect(await client.ask('', port)).toBe('echo: ');
    expect(await client.ask(large, port)).toBe(`echo: ${large}`);
    for (const { from } of client.received) expect(from).toMatchObject({ address: '127.0.0.1', port });
    expect(new Set(echo.received.map(({ from }) => from.port)).size).toBe(1);
    expect(proxy.stats()).toMatchObject({ sessionsOpen: 1, requests: 3, replies: 3, requestBytes: 60_005 });
  });

  test('is each client’s own, also when all speak at once', async () => {
    const echoes = [await openEcho('a'), await openEcho('b')];
    const { proxy, port } = await startProxy({ to: echoes.map(({ address }) => address) });
    const clients = await Promise.all(Array.from({ length: 40 }, () => openPeer()));
    await Promise.all(
      clients.map(async (client, index) => {
        for (let round = 0; round < 25; round++) {
          const reply = await client.ask(`${index}/${round}`, port);
          expect(reply.slice(3)).toBe(`${index}/${round}`);
        }
        // One endpoint for all of a session.
        expect(new Set(client.received.map(({ text }) => text[0])).size).toBe(1);
      }),
    );
    expect(echoes.map(({ received }) => received.length)).toEqual([500, 500]);
    expect(proxy.stats()).toMatchObject({ sessionsBegun: 40, requests: 1000, replies: 1000, datagramsDropped: {} });
  });

  test('hears from its endpoint only', async () => {
    const endpoint = await openPeer();
    const stranger = await openPeer();
    const { port } = await startProxy({ to: endpoint.address });
    const client = await openPeer();
    client.send('q', port);
    await endpoint.untilHeard(1);
    const sessionPort = endpoint.received[0]?.from.port ?? 0;
    stranger.send('forged', sessionPort);
    endpoint.send('real', sessionPort);
    await client.untilHeard(1);
    endpoint.send('and more', sessionPort);
    await client.untilHeard(2);
    expect(client.received.map(({ text }) => text)).toEqual(['real', 'and more']);
  });

  test('is balanced datagram by datagram when it takes one request', async () => {
    const echoes = [await openEcho('a'), await openEcho('b')];
    const to = echoes.map(({ address }) => address);
    const { proxy, port } = await startProxy({ to, requestsPerSession: 1, repliesPerRequest: 1 });
    const client = await openPeer();
    for (let count = 0; count < 10; count++) client.send(`q${count}`, port);
    await client.untilHeard(10);
    expect(echoes.map(({ received }) => received.length)).toEqual([5, 5]);
    expect(proxy.stats()).toMatchObject({ sessionsOpen: 0, sessionsEnded: { answered: 10 } });
    // A session that is answered has no socket any more.
    await until(() => process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length === 4);
  });

  test('ends when nothing moves any more', async () => {
    const echo = await openEcho();
    const clock = createManualClock();
    const { proxy, port, told } = await startProxy({ to: echo.address, clock });
    const client = await openPeer();
    await client.ask('q', port);
    clock.advance(70_000);
    expect(told).toEqual(['idle']);
    expect(await client.ask('q', port)).toBe('echo: q');
    expect(proxy.stats().sessionsBegun).toBe(2);
  });
});

describe('an endpoint', () => {
  test('at which nobody listens costs no request', async () => {
    const echo = await openEcho();
    const closed = await reservePort();
    const { proxy, port, told } = await startProxy({
      upstream: { endpoints: [`127.0.0.1:${closed}`, echo.address], health: { maxFails: 3 } },
      repliesPerRequest: 1,
      requestsPerSession: 1,
    });
    const client = await openPeer();
    for (let count = 0; count < 20; count++) expect(await client.ask('q', port)).toBe('echo: q');
    expect(told.filter((text) => text === 'SLUICE_CONNECT_REFUSED')).toHaveLength(3);
    expect(proxy.upstream?.stats().endpoints[0]).toMatchObject({ state: 'ejected', failed: 3 });
  });

  test('that is killed under load costs no client its service, and gets its share when it is back', async () => {
    const first = await openEcho('a', { port: await reservePort() });
    const second = await openEcho('b');
    const { proxy, port } = await startProxy({
      upstream: { endpoints: [first.address, second.address], health: { failTimeoutMs: 200 } },
      repliesPerRequest: 1,
      requestsPerSession: 1,
    });
    const clients = await Promise.all(Array.from({ length: 8 }, () => openPeer()));
    let isOver = false;
    let lost = 0;
    const load = clients.map(async (client) => {
      while (!isOver) lost += await askUntilAnswered(client, port);
    });
    await first.untilHeard(50);
    await first.close();
    const before = second.received.length;
    await second.untilHeard(before + 200);
    const again = await openEcho('a', { port: first.port });
    await again.untilHeard(50);
    isOver = true;
    await Promise.all(load);
    // What the endpoint had in its hands when it died is lost, as it would be without a proxy; nothing else is.
    expect(lost).toBeLessThanOrEqual(clients.length);
    expect(proxy.stats().datagramsDropped).toEqual({});
    expect(proxy.upstream?.stats().endpoints[0]).toMatchObject({ state: 'available' });
  });

  test('that dies in the middle of a session loses it to another one', async () => {
    const first = await openEcho('a', { port: await reservePort() });
    const second = await openEcho('b');
    const { port } = await startProxy({ to: [first.address, second.address] });
    const client = await openPeer();
    expect(await client.ask('q', port)).toBe('a: q');
    await first.close();
    expect(await client.ask('q', port)).toBe('b: q');
    expect(await client.ask('q', port)).toBe('b: q');
  });

  test('by the name of localhost is found on either family', async () => {
    const four = await openEcho('four');
    const six = await openEcho('six', { host: '::1' });
    for (const { port: endpointPort } of [four, six]) {
      const { port } = await startProxy({ to: `localhost:${endpointPort}` });
      const client = await openPeer();
      expect(await client.ask('q', port)).toMatch(/^(four|six): q$/);
    }
  });

  test('that does not reply in time is left alone', async () => {
    const silent = await openPeer();
    const echo = await openEcho();
    const clock = createManualClock();
    const to = [silent.address, echo.address];
    const { proxy, port } = await startProxy({ to, timeouts: { replyMs: 2_000 }, clock });
    const client = await openPeer();
    client.send('q1', port);
    await silent.untilHeard(1);
    clock.advance(3_000);
    expect(proxy.upstream?.stats().endpoints[0]?.state).toBe('ejected');
    expect(await client.ask('q2', port)).toBe('echo: q2');
  });

  test('that is removed loses its sessions, and the clients do not notice', async () => {
    const first = await openEcho('a');
    const second = await openEcho('b');
    const upstream = createUpstream({ endpoints: [first.address] });
    const { port } = await startProxy({ upstream });
    const client = await openPeer();
    expect(await client.ask('q', port)).toBe('a: q');
    upstream.update([second.address]);
    expect(await client.ask('q', port)).toBe('b: q');
    void upstream.close();
  });
});

describe('listening', () => {
  test('on all addresses serves both families, or IPv6 alone', async () => {
    const echo = await openEcho();
    const { proxy, port, told } = await startProxy({ to: echo.address, deny: ['127.0.0.9'] }, { host: '::' });
    const four = await openPeer();
    const six = await openPeer({ host: '::1' });
    expect(await four.ask('q', port)).toBe('echo: q');
    expect(await six.ask('q', port)).toBe('echo: q');
    const { port: sixOnly, url } = await proxy.listen({ host: '::', ipv6Only: true });
    expect(url).toBe(`udp://[::]:${sixOnly}`);
    expect(await six.ask('q', sixOnly)).toBe('echo: q');
    // The port is free for IPv4.
    await (await proxy.listen({ host: '127.0.0.1', port: sixOnly })).close();
    expect(told).toEqual([]);
  });

  test('to IPv6 in front of endpoints on IPv4, and the other way round', async () => {
    const six = await openEcho('six', { host: '::1' });
    const four = await openEcho('four');
    const { port: onFour } = await startProxy({ to: six.address });
    const { port: onSix } = await startProxy({ to: four.address }, { host: '::1' });
    expect(await (await openPeer()).ask('q', onFour)).toBe('six: q');
    expect(await (await openPeer({ host: '::1' })).ask('q', onSix)).toBe('four: q');
  });

  test('by a name finds its address', async () => {
    const echo = await openEcho();
    const { port, proxy } = await startProxy({ to: echo.address }, { host: 'localhost' });
    expect(port).toBeGreaterThan(0);
    const { url } = await proxy.listen();
    expect(url).toMatch(/^udp:\/\/127\.0\.0\.1:\d+$/);
  });

  test('on an address that is taken says so, and leaves nothing behind', async () => {
    const taken = await openPeer();
    const proxy = createUdpProxy({ to: '127.0.0.1:9' });
    await expect(proxy.listen(taken.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(proxy.listen({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    await expect(proxy.listen({ host: 'nowhere.invalid' })).rejects.toThrow('nowhere.invalid');
    await proxy.close();
  });

  test('with others on the same port shares the clients', async () => {
    const echo = await openEcho();
    const one = await startProxy({ to: echo.address }, { reusePort: true });
    const two = await startProxy({ to: echo.address }, { reusePort: true, port: one.port });
    const clients = await Promise.all(Array.from({ length: 40 }, () => openPeer()));
    for (const client of clients) for (let count = 0; count < 3; count++) await client.ask('q', one.port);
    const counts = [one, two].map(({ proxy }) => proxy.stats());
    // Each client stays with one of them.
    expect(counts.map(({ sessionsBegun, requests }) => requests / sessionsBegun)).toEqual([3, 3]);
    expect(counts.reduce((sum, { sessionsBegun }) => sum + sessionsBegun, 0)).toBe(40);
  });

  test('on several ports, replies come from the one that was asked; a closed one takes its sessions along', async () => {
    const echo = await openEcho();
    const { proxy, port } = await startProxy({ to: echo.address });
    const second = await proxy.listen();
    const client = await openPeer();
    await client.ask('q', port);
    await client.ask('q', second.port);
    expect(client.received.map(({ from }) => from.port)).toEqual([port, second.port]);
    expect(proxy.stats().sessionsOpen).toBe(2);
    await second.close();
    await second.close();
    expect(proxy.stats()).toMatchObject({ sessionsOpen: 1, sessionsEnded: { cut: 1 } });
    expect(await client.ask('q', port)).toBe('echo: q');
  });
});

describe('the end', () => {
  test('lets open sessions finish, and begins no others', async () => {
    const endpoint = await openPeer();
    const { proxy, port } = await startProxy({ to: endpoint.address, repliesPerRequest: 1 });
    const client = await openPeer();
    client.send('q', port);
    await endpoint.untilHeard(1);
    const drained = proxy.drain(10_000);
    const late = await openPeer();
    late.send('too late', port);
    await until(() => proxy.stats().datagramsDropped['SLUICE_SHUTTING_DOWN'] === 1);
    endpoint.send('a', endpoint.received[0]?.from.port ?? 0);
    expect(await drained).toBe(0);
    await client.untilHeard(1);
    expect(endpoint.received).toHaveLength(1);
  });

  test('cuts what is still open when its time is over', async () => {
    const echo = await openEcho();
    const { proxy, port, told } = await startProxy({ to: echo.address });
    const clients = await Promise.all([openPeer(), openPeer(), openPeer()]);
    for (const client of clients) await client.ask('q', port);
    expect(await proxy.drain(20)).toBe(3);
    expect(told).toEqual(Array.from({ length: 3 }, () => 'cut SLUICE_SHUTTING_DOWN'));
    await expect(proxy.listen()).rejects.toMatchObject({ code: 'SLUICE_SHUTTING_DOWN' });
    expect(proxy.upstream?.stats().inFlight).toBe(0);
  });

  test('may come at any moment, and the port is free then', async () => {
    const echo = await openEcho();
    const { proxy, port } = await startProxy({ to: echo.address, requestsPerSession: 1 });
    const client = await openPeer();
    for (let count = 0; count < 200; count++) client.send('q', port);
    await client.untilHeard(1);
    await Promise.all([proxy.close(), proxy.close(), proxy.drain(0)]);
    const next = await openPeer({ port });
    expect(next.port).toBe(port);
  });

  test('of a listener that is still coming up closes it', async () => {
    const proxy = createUdpProxy({ to: '127.0.0.1:9' });
    const listening = proxy.listen({ host: 'localhost' });
    await proxy.close();
    await expect(listening).rejects.toMatchObject({ code: 'SLUICE_SHUTTING_DOWN' });
  });
});
