// DNS through the proxies with real servers (dnsmasq, unbound) and real clients (dig, node's resolver), over UDP and TCP.

import { Resolver } from 'node:dns/promises';
import { createManualClock } from '@sluice/core';
import { createTcpProxy, createUdpProxy, type UdpListenOptions, type UdpProxy, type UdpProxyOptions } from '@sluice/l4';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openPeer, reservePort } from '../support/datagram-peer.ts';
import { runProgram } from '../support/debian-program.ts';
import { formatQuery, isAnswerTo, longText, startDnsmasq, startUnboundBehindProxies } from '../support/dns-servers.ts';

/** What a balancer for DNS is told. */
const forDns = { repliesPerRequest: 1, requestsPerSession: 1, timeouts: { idleMs: 5_000 } } as const;

async function startUdp(
  options: UdpProxyOptions,
  listen?: UdpListenOptions,
): Promise<{ proxy: UdpProxy; port: number }> {
  const proxy = createUdpProxy({ ...forDns, ...options });
  onTestFinished(() => proxy.close());
  const { port } = await proxy.listen(listen);
  return { proxy, port };
}

async function dig(port: number, ...query: readonly string[]): Promise<string> {
  const server = query.some((word) => word === '-6') ? '::1' : '127.0.0.1';
  const options = ['+tries=1', '+time=5'];
  return runProgram('dig', [`@${server}`, '-p', String(port), ...options, ...query]);
}

describe('dig', () => {
  test('is answered by both servers in turn', async () => {
    const servers = [await startDnsmasq('10.0.0.1'), await startDnsmasq('10.0.0.2')];
    const { proxy, port } = await startUdp({ to: servers.map(({ address }) => address) });
    const answers: string[] = [];
    for (let count = 0; count < 4; count++) answers.push((await dig(port, 'who.test', '+short')).trim());
    expect(answers).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.1', '10.0.0.2']);
    expect(proxy.stats()).toMatchObject({ sessionsOpen: 0, sessionsEnded: { answered: 4 } });
  });

  test('that gets a truncated answer asks again over TCP', async () => {
    const server = await startDnsmasq('10.0.0.1');
    const { port } = await startUdp({ to: server.address }, { port: await reservePort() });
    const tcp = createTcpProxy({ to: server.address });
    onTestFinished(() => tcp.close());
    await tcp.listen(port);
    const text = await dig(port, 'long.test', 'TXT', '+noedns');
    expect(text).toContain('Truncated, retrying in TCP mode');
    expect(text).toContain('(TCP)');
    expect(text).toContain(longText);
    expect(tcp.stats()).toMatchObject({ connectionsAccepted: 1, connectsFailed: 0 });
  });

  test('with EDNS gets large answers in one datagram', async () => {
    const server = await startDnsmasq('10.0.0.1');
    const { port } = await startUdp({ to: server.address });
    const text = await dig(port, 'long.test', 'TXT', '+bufsize=4096');
    expect(text).toContain('(UDP)');
    expect(text).toContain(longText);
  });

  test('over IPv6, in front of a server on either family', async () => {
    const server = await startDnsmasq('10.0.0.1');
    const { port } = await startUdp({ to: [server.address, `[::1]:${server.port}`] }, { host: '::' });
    for (const family of ['-6', '-6', '-4', '-4'])
      expect(await dig(port, family, 'who.test', '+short')).toBe('10.0.0.1\n');
  });

  test('gets its own address refused by a server that reads PROXY headers', async () => {
    const server = await startUnboundBehindProxies();
    const { port } = await startUdp({ to: server.address, sendProxyProtocol: 'each' });
    expect(await dig(port, '-b', '127.0.0.1', 'who.test')).toMatch(/status: NOERROR[^]*10\.0\.0\.1/);
    expect(await dig(port, '-b', '127.0.0.2', 'who.test')).toContain('status: REFUSED');
  });
});

describe('node’s resolver', () => {
  test('is answered over one session or many', async () => {
    const server = await startDnsmasq('10.0.0.1');
    const { port } = await startUdp({ to: server.address });
    const resolver = new Resolver({ timeout: 2_000, tries: 2 });
    resolver.setServers([`127.0.0.1:${port}`]);
    const names = Array.from({ length: 50 }, (_, index) => `host${index}.test`);
    const answers = await Promise.all(names.map((name) => resolver.resolve4(name)));
    expect(answers).toEqual(names.map(() => ['10.0.0.1']));
  });

  test('does not notice that a server is killed', async () => {
    const first = await startDnsmasq('10.0.0.1');
    const second = await startDnsmasq('10.0.0.2');
    const { proxy, port } = await startUdp({ to: [first.address, second.address] });
    const resolver = new Resolver({ timeout: 1_000, tries: 3 });
    resolver.setServers([`127.0.0.1:${port}`]);
    let isOver = false;
    let asked = 0;
    const load = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        expect(await resolver.resolve4(`host${asked++}.test`)).toMatchObject([
          expect.stringMatching(/^10\.0\.0\.[12]$/),
        ]);
      }
    });
    await vi.waitUntil(() => asked > 100, { timeout: 10_000 });
    await first.program.kill();
    const before = asked;
    await vi.waitUntil(() => asked > before + 200, { timeout: 10_000 });
    isOver = true;
    await Promise.all(load);
    expect(proxy.upstream?.stats().endpoints[0]).toMatchObject({ state: 'ejected' });
    expect(proxy.stats().endpointsFailed).toBeGreaterThan(0);
  });
});

describe('many clients', () => {
  test('at once get their own answers', async () => {
    const servers = [await startDnsmasq('10.0.0.1'), await startDnsmasq('10.0.0.2')];
    const { proxy, port } = await startUdp({ to: servers.map(({ address }) => address) });
    const clients = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const asked: Buffer[] = [];
        let wrong = 0;
        const peer = await openPeer({
          onDatagram: (answer) => {
            if (!asked.some((query) => isAnswerTo(query, answer))) wrong++;
          },
        });
        for (let id = 0; id < 10; id++) asked.push(formatQuery(index * 100 + id, `host${index}-${id}.test`));
        return { peer, asked, wrong: () => wrong };
      }),
    );
    for (let id = 0; id < 10; id++) {
      for (const { peer, asked } of clients) peer.send(asked[id] ?? Buffer.alloc(0), port);
      await Promise.all(clients.map(({ peer }) => peer.untilHeard(id + 1)));
    }
    expect(clients.map(({ wrong }) => wrong())).toEqual(clients.map(() => 0));
    expect(proxy.stats()).toMatchObject({ sessionsOpen: 0, sessionsEnded: { answered: 500 }, datagramsDropped: {} });
  });

  test('that send garbage harm nobody', async () => {
    const server = await startDnsmasq('10.0.0.1');
    const clock = createManualClock();
    const { proxy, port } = await startUdp({ to: [server.address, `[::1]:${server.port}`], clock });
    const vandal = await openPeer();
    for (let length = 0; length < 64; length++) vandal.send(Buffer.alloc(length, length * 7), port);
    vandal.send(Buffer.alloc(60_000, 0xff), port);
    expect(await dig(port, 'who.test', '+short')).toBe('10.0.0.1\n');
    clock.advance(10_000);
    expect(proxy.stats().sessionsOpen).toBe(0);
    expect(proxy.upstream?.stats().endpoints.map(({ failed, state }) => [failed, state])).toEqual([
      [0, 'available'],
      [0, 'available'],
    ]);
  });
});
