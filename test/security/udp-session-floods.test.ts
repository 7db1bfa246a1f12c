// Attack: datagrams from ever new ports and addresses, each of which would begin a session.
// Impact: the process runs out of descriptors, the machine out of ports, and everybody out of service.
// Guard: sessions are limited in all and by client; those that are open are served on; what is left of the flood is gone when it is idle.

import { createManualClock } from '@sluice/core';
import { createUdpProxy } from '@sluice/l4';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { openEcho, openPeer } from '../support/datagram-peer.ts';

beforeEach(expectNoResourcesLeft);

test('a flood from many ports leaves open sessions alone, and ends with its last datagram', async () => {
  const clock = createManualClock();
  const echo = await openEcho();
  const proxy = createUdpProxy({
    to: echo.address,
    limits: { maxSessions: 20 },
    clock,
  });
  onTestFinished(() => proxy.close());
  const { port } = await proxy.listen();
  const client = await openPeer();
  expect(await client.ask('before', port)).toBe('echo: before');
  const flood = await Promise.all(Array.from({ length: 100 }, () => openPeer()));
  for (const peer of flood) peer.send('x', port);
  await vi.waitUntil(() => (proxy.stats().datagramsDropped['SLUICE_SESSIONS_FULL'] ?? 0) >= 81, { timeout: 10_000 });
  expect(await client.ask('meanwhile', port)).toBe('echo: meanwhile');
  expect(proxy.stats().sessionsOpen).toBeLessThanOrEqual(20);
  clock.advance(70_000);
  expect(proxy.stats().sessionsOpen).toBe(0);
  const late = await openPeer();
  expect(await late.ask('after', port)).toBe('echo: after');
});

test('one client can not take the room of the others', async () => {
  const echo = await openEcho();
  const proxy = createUdpProxy({ to: echo.address, limits: { maxSessions: 50, maxSessionsPerAddress: 10 } });
  onTestFinished(() => proxy.close());
  const { port } = await proxy.listen({ host: '::' });
  const flood = await Promise.all(Array.from({ length: 60 }, () => openPeer()));
  for (const peer of flood) peer.send('x', port);
  await vi.waitUntil(() => proxy.stats().datagramsDropped['SLUICE_SESSIONS_PER_ADDRESS'] === 50, { timeout: 10_000 });
  const other = await openPeer({ host: '::1' });
  expect(await other.ask('hello', port)).toBe('echo: hello');
});
