// A TCP proxy on loopback that ends with its test, and what it told meanwhile. Nothing of it may be left then.

import type { ManualClock } from '@sluice/core';
import { createTcpProxy, type ConnectionRefused, type TcpProxy, type TcpProxyOptions } from '@sluice/l4';
import { expect, onTestFinished } from 'vitest';
import { createCountingClock, type CountingClock } from './counting-clock.ts';

export interface StartedTcpProxy {
  readonly proxy: TcpProxy;
  readonly port: number;
  /** Everyone who was refused. */
  readonly refused: readonly ConnectionRefused[];
}

/** Starts a proxy, by the system's time unless told otherwise. */
export async function startTcpProxy(
  options: TcpProxyOptions & { readonly clock?: ManualClock | CountingClock },
): Promise<StartedTcpProxy> {
  const { clock = createCountingClock() } = options;
  const proxy = createTcpProxy({ ...options, clock });
  const refused: ConnectionRefused[] = [];
  proxy.on('connection-refused', (event) => refused.push(event));
  onTestFinished(async () => {
    await proxy.close();
    expect(clock.pendingTimers).toBe(0);
    expect(proxy.stats()).toMatchObject({ connectionsOpen: 0, sessionsOpen: 0 });
  });
  const { port } = await proxy.listen();
  return { proxy, port, refused };
}
