// The frameworks that a proxy is mounted in, each by the one line that its guide shows.

import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { sluice } from '@sluice/fastify';
import { createProxy, type Proxy } from '@sluice/http';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import Koa from 'koa';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Starts an application that proxies everything to an origin, and ends it with the test. @returns its URL */
export type StartFramework = (origin: string) => Promise<string>;

const express4 = createRequire(import.meta.url)('express-4') as typeof express;

function onServer(createListener: (proxy: Proxy) => RequestListener): StartFramework {
  return async (origin) => {
    const proxy = createProxy({ to: origin });
    const server = createServer(createListener(proxy));
    onTestFinished(async () => {
      server.close();
      server.closeAllConnections();
      await proxy.close();
    });
    server.on('upgrade', proxy.upgrade);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
}

function honoOnSockets(proxy: Proxy): RequestListener {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.all('*', (c) => {
    proxy(c.env.incoming, c.env.outgoing);
    return RESPONSE_ALREADY_SENT;
  });
  const listener = getRequestListener(app.fetch);
  return (req, res) => void listener(req, res);
}

function honoOnFetch(proxy: Proxy): RequestListener {
  const app = new Hono();
  app.all('*', (c) => proxy.fetch(c.req.raw));
  const listener = getRequestListener(app.fetch);
  return (req, res) => void listener(req, res);
}

function koa(proxy: Proxy): RequestListener {
  const app = new Koa();
  app.use((ctx) => {
    ctx.respond = false;
    proxy(ctx.req, ctx.res);
  });
  const listener = app.callback();
  return (req, res) => void listener(req, res);
}

async function startFastify(origin: string): Promise<string> {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  await app.register(sluice, { to: origin, drainMs: 0 });
  return app.listen({ host: '127.0.0.1', port: 0 });
}

export const frameworks: readonly (readonly [name: string, start: StartFramework])[] = [
  ['node:http', onServer((proxy) => proxy)],
  ['Express 5', onServer((proxy) => express().use(proxy))],
  ['Express 4', onServer((proxy) => express4().use(proxy))],
  ['Fastify 5', startFastify],
  ['Koa', onServer(koa)],
  ['Hono on sockets', onServer(honoOnSockets)],
  ['Hono on fetch', onServer(honoOnFetch)],
];
