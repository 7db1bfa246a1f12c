// A TCP proxy on loopback that ends with its test, and what it told meanwhile. Nothing of it may be left then.

import type { ManualClock } from '@sluice/core';
import {
  createTcpProxy,
  type ConnectionRefused,
  type ListenAddressOptions,
  type SessionClosed,
  type TcpProxy,
  type TcpProxyOptions,
} from '@sluice/l4';
import { expect, onTestFinished } from 'vitest';
import { createCountingClock, type CountingClock } from './counting-clock.ts';

export interface StartedTcpProxy {
  readonly proxy: TcpProxy;
  readonly port: number;
  /** Everyone who was refused. */
  readonly refused: readonly ConnectionRefused[];
  /** Every session that is over. */
  readonly sessions: readonly SessionClosed[];
}

/** Its time has to tell which timers are left. */
export type StartedTcpProxyOptions = TcpProxyOptions & { readonly clock?: ManualClock | CountingClock };

/** Starts a proxy, by the system's time unless told otherwise. */
export async function startTcpProxy(
  options: StartedTcpProxyOptions,
  listen: ListenAddressOptions = {},
): Promise<StartedTcpProxy> {
  const { clock = createCountingClock() } = options;
  const proxy = createTcpProxy({ ...options, clock });
  const refused: ConnectionRefused[] = [];
  const sessions: SessionClosed[] = [];
  proxy.on('connection-refused', (event) => refused.push(event));
  proxy.on('session-closed', (event) => sessions.push(event));
  onTestFinished(async () => {
    await proxy.close();
    expect(clock.pendingTimers).toBe(0);
    expect(proxy.stats()).toMatchObject({ connectionsOpen: 0, sessionsOpen: 0 });
  });
  const { port } = await proxy.listen(listen);
  return { proxy, port, refused, sessions };
}
