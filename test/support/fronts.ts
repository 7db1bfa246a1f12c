// The ways a request can come into a proxy. Behaviour must not depend on them, so the conformance suites run over all.

import { createProxy, type Proxy, type ProxyOptions } from '@sluice/http';
import express from 'express';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A proxy that is up. Closed when the test ends. */
export interface RunningProxy {
  readonly port: number;
  readonly url: string;
  readonly proxy: Proxy;
}

export interface Front {
  readonly name: string;
  start(options: ProxyOptions): Promise<RunningProxy>;
}

async function startListener(front: 'wire' | 'node', options: ProxyOptions): Promise<RunningProxy> {
  const proxy = createProxy(options);
  onTestFinished(() => proxy.close());
  const { port, url } = await proxy.listen({ front });
  return { port, url, proxy };
}

/** Hands what comes to a server to a proxy. */
export async function startServer(proxy: Proxy, server: Server): Promise<RunningProxy> {
  server.on('upgrade', proxy.upgrade).on('connect', proxy.connect).on('checkContinue', proxy.checkContinue);
  onTestFinished(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}`, proxy };
}

export const fronts: readonly Front[] = [
  { name: 'proxy.listen()', start: (options) => startListener('wire', options) },
  { name: "proxy.listen({ front: 'node' })", start: (options) => startListener('node', options) },
  {
    name: 'node:http',
    start(options) {
      const proxy = createProxy(options);
      return startServer(proxy, createServer(proxy));
    },
  },
  {
    name: 'Express 5',
    start(options) {
      const proxy = createProxy(options);
      return startServer(proxy, createServer(express().disable('x-powered-by').use(proxy)));
    },
  },
];
