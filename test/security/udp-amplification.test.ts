// Attack: small requests in the name of a victim, to servers that answer each with much (DNS ANY, NTP monlist, memcached).
// Impact: the proxy pays the attacker's traffic out to the victim, many times over.
// Guard: replies are bounded by what the same client has sent, in number and in bytes; the proxy itself never answers anything.

import { createUdpProxy, type UdpProxyOptions } from '@sluice/l4';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { openPeer, type DatagramPeer } from '../support/datagram-peer.ts';

beforeEach(expectNoResourcesLeft);

/** A server that answers each request with `count` datagrams of `bytes`. */
function openGenerousServer(count: number, bytes: number): Promise<DatagramPeer> {
  return openPeer({
    onDatagram: (_request, { port, address }, server) => {
      for (let index = 0; index < count; index++) server.send(Buffer.alloc(bytes), port, address);
    },
  });
}

/** Sends one request of ten bytes, and another one when all that the server has to say has come or was dropped. @returns what came */
async function ask(server: DatagramPeer, replies: number, options: Omit<UdpProxyOptions, 'to'>): Promise<number[]> {
  const proxy = createUdpProxy({ to: server.address, ...options });
  onTestFinished(() => proxy.close());
  const { port } = await proxy.listen();
  const victim = await openPeer();
  const heard: number[] = [];
  for (let round = 1; round <= 2; round++) {
    victim.send('0123456789', port);
    await vi.waitUntil(
      () => proxy.stats().replies + (proxy.stats().datagramsDropped['SLUICE_REPLY_LIMIT'] ?? 0) === replies * round,
      { timeout: 10_000 },
    );
    await victim.untilHeard(proxy.stats().replies);
    heard.push(victim.received.length);
  }
  return heard;
}

test('the number of replies is bounded by the number of requests', async () => {
  const server = await openGenerousServer(20, 100);
  expect(await ask(server, 20, { limits: { maxRepliesPerRequest: 2 } })).toEqual([2, 4]);
});

test('the bytes of replies are bounded by the bytes of requests', async () => {
  const server = await openGenerousServer(20, 10);
  expect(await ask(server, 20, { limits: { maxReplyByteRatio: 3 } })).toEqual([3, 6]);
});

test('a single reply can be too much', async () => {
  const server = await openGenerousServer(1, 4_000);
  expect(await ask(server, 1, { limits: { maxReplyByteRatio: 3 } })).toEqual([0, 0]);
});

test('with an expected number of replies, what comes after them finds nobody', async () => {
  const server = await openGenerousServer(20, 100);
  const proxy = createUdpProxy({ to: server.address, repliesPerRequest: 1 });
  onTestFinished(() => proxy.close());
  const { port } = await proxy.listen();
  const victim = await openPeer();
  for (let count = 1; count <= 5; count++) {
    victim.send('q', port);
    await vi.waitUntil(() => proxy.stats().sessionsEnded.answered === count, { timeout: 10_000 });
  }
  await victim.untilHeard(5);
  expect(proxy.stats()).toMatchObject({ replies: 5, sessionsOpen: 0 });
});
