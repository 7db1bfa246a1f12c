// The proxy as a plugin of Fastify 5: its routes, hooks, errors, upgrades and end are the application's.

import { sluice, type PluginOptions } from '@sluice/fastify';
import { createManualClock, createUpstream } from '@sluice/core';
import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startHttpOrigin, type HttpOrigin } from '../support/http-origin.ts';
import { mirror, type Mirrored } from '../support/mirror.ts';

function createApp(options: FastifyServerOptions = {}): FastifyInstance {
  const app = fastify(options);
  onTestFinished(() => app.close());
  return app;
}

/** An application with the plugin, listening. */
async function start(options: PluginOptions, app = createApp()): Promise<string> {
  await app.register(sluice, options);
  return app.listen({ host: '127.0.0.1', port: 0 });
}

async function mirrored(url: string, init?: RequestInit): Promise<Mirrored> {
  return (await (await fetch(url, init)).json()) as Mirrored;
}

async function startEcho(): Promise<HttpOrigin> {
  const origin = await startHttpOrigin(mirror);
  const sockets = new WebSocketServer({ server: origin.server });
  sockets.on('connection', (socket, req) => {
    socket.on('error', () => {});
    socket.on('message', (data: Buffer) => socket.send(`${req.url} ${data.toString()}`));
  });
  return origin;
}

/** What a WebSocket hears first, or the status of the refusal. */
async function talk(url: string): Promise<string> {
  const socket = new WebSocket(url.replace('http', 'ws'));
  return new Promise((resolve, reject) => {
    socket.on('open', () => socket.send('hello'));
    socket.on('message', (data: Buffer) => {
      resolve(data.toString());
      socket.close();
    });
    socket.on('unexpected-response', (_req, res) => {
      resolve(String(res.statusCode));
      socket.on('error', () => {});
      socket.terminate();
    });
    socket.on('error', reject);
  });
}

describe('routes', () => {
  test('take the prefix off, and leave other routes alone', async () => {
    const origin = await startHttpOrigin(mirror);
    const app = createApp();
    app.get('/health', () => 'fine');
    const url = await start({ to: origin.url, prefix: '/api' }, app);
    expect(await mirrored(`${url}/api/items//1?x=%41`)).toMatchObject({ method: 'GET', url: '/items//1?x=%41' });
    expect((await mirrored(`${url}/api`)).url).toBe('/');
    expect((await mirrored(`${url}/api?x=/1`)).url).toBe('/?x=/1');
    expect(await (await fetch(`${url}/health`)).text()).toBe('fine');
    expect((await fetch(`${url}/other`)).status).toBe(404);
  });

  test.each([
    [{ prefix: '/api', rewritePrefix: '/v2' }, '/api/x', '/v2/x'],
    [{ prefix: '/api', mountPath: 'keep' }, '/api/x?y=1', '/api/x?y=1'],
    [{ prefix: '/:tenant/api' }, '/ann/api/x', '/x'],
    [{ prefix: '/api/' }, '/api/x', '/x'],
    [{}, '/x/y', '/x/y'],
    [{}, '/', '/'],
  ] as const)('%j asks for what belongs behind %s: %s', async (options, path, expected) => {
    const origin = await startHttpOrigin(mirror);
    const url = await start({ to: origin.url, ...options });
    expect((await mirrored(`${url}${path}`)).url).toBe(expected);
  });

  test('work within prefixed scopes', async () => {
    const origin = await startHttpOrigin(mirror);
    const app = createApp();
    await app.register(async (scope) => scope.register(sluice, { to: origin.url, prefix: '/inner' }), {
      prefix: '/outer',
    });
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    expect((await mirrored(`${url}/outer/inner/x`)).url).toBe('/x');
  });

  test('serve every method, and only the wanted ones when these are named', async () => {
    const origin = await startHttpOrigin(mirror);
    const url = await start({ to: origin.url, prefix: '/all' });
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect(await mirrored(`${url}/all/x`, { method })).toMatchObject({ method });
    expect((await fetch(`${url}/all/x`, { method: 'HEAD' })).status).toBe(200);
    const reading = await start({ to: origin.url, methods: ['get'] });
    expect((await mirrored(`${reading}/x`)).method).toBe('GET');
    expect((await fetch(`${reading}/x`, { method: 'POST' })).status).toBe(404);
  });

  test('parse no body, while the rest of the application does', async () => {
    const origin = await startHttpOrigin(mirror);
    const app = createApp({ bodyLimit: 10 });
    app.post('/own', (request) => ({ parsed: request.body }));
    const url = await start({ to: origin.url, prefix: '/api' }, app);
    const json = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"a": 1}' };
    expect((await mirrored(`${url}/api/x`, json)).body).toBe('{"a": 1}');
    expect((await mirrored(`${url}/api/x`, { ...json, body: 'no json, and far more than the limit' })).body).toContain(
      'far more',
    );
    expect((await mirrored(`${url}/api/x`, { method: 'POST', body: new Uint8Array([1]) })).body).toBe('\u0001');
    expect(await (await fetch(`${url}/own`, json)).json()).toEqual({ parsed: { a: 1 } });
    expect((await fetch(`${url}/own`, { ...json, body: '{"a": 1234567890}' })).status).toBe(413);
  });
});

describe('hooks', () => {
  test('of the scope and of the route run before, and may refuse', async () => {
    const origin = await startHttpOrigin(vi.fn(mirror));
    const app = createApp();
    app.addHook('onRequest', async (request, reply) => {
      if (request.headers.authorization === undefined) return reply.code(401).send({ why: 'who are you?' });
      return undefined;
    });
    const route = {
      preHandler: async (request: { headers: Record<string, unknown> }): Promise<void> =>
        void (request.headers['x-ignored'] = '1'),
    };
    const url = await start(
      { to: origin.url, route, prepare: (exchange, request) => exchange.request.headers.set('X-Req', request.id) },
      app,
    );
    expect((await fetch(`${url}/x`)).status).toBe(401);
    const seen = await mirrored(`${url}/x`, { headers: { Authorization: 'ann' } });
    expect(seen.headers['x-req']).toMatch(/^req-/);
  });

  test('set fields on the reply that the client gets', async () => {
    const origin = await startHttpOrigin((_req, res) => res.writeHead(200, { 'X-Origin': '1' }).end('x'));
    const app = createApp();
    app.addHook('onRequest', async (_request, reply) => void reply.header('Access-Control-Allow-Origin', '*'));
    const response = await fetch(await start({ to: origin.url }, app));
    expect([response.headers.get('access-control-allow-origin'), response.headers.get('x-origin')]).toEqual(['*', '1']);
  });

  test('of the response run when it is over', async () => {
    const origin = await startHttpOrigin(mirror);
    const app = createApp();
    const statuses: number[] = [];
    app.addHook('onResponse', async (_request, reply) => void statuses.push(reply.statusCode));
    await mirrored(await start({ to: origin.url }, app));
    await vi.waitFor(() => expect(statuses).toEqual([200]));
  });
});

describe('errors', () => {
  test('come in Fastify’s style, and tell nothing of the inside', async () => {
    const dead = await startHttpOrigin(() => {});
    await dead.kill();
    const response = await fetch(await start({ to: dead.url }));
    const text = await response.text();
    expect(response.status).toBe(502);
    expect(JSON.parse(text)).toEqual({
      statusCode: 502,
      code: 'SLUICE_CONNECT_REFUSED',
      error: 'Bad Gateway',
      message: 'Bad Gateway',
    });
    expect(text).not.toContain(String(dead.port));
  });

  test('go to the error handler, with what really happened', async () => {
    const dead = await startHttpOrigin(() => {});
    await dead.kill();
    const app = createApp();
    app.setErrorHandler((error: Error, _request, reply) =>
      reply.code(599).send({ cause: (error.cause as { code: string }).code }),
    );
    const response = await fetch(await start({ to: dead.url }, app));
    expect([response.status, await response.json()]).toEqual([599, { cause: 'SLUICE_CONNECT_REFUSED' }]);
  });

  test('say when to come back', async () => {
    const origin = await startHttpOrigin((_req, res) => res.writeHead(500).end());
    const breaker = { scope: 'upstream', minVolume: 1, openMs: 10_000, openJitterPercent: 0 } as const;
    const url = await start({
      upstream: { endpoints: [origin.url], health: false, breaker, clock: createManualClock() },
      failureStatuses: ['5xx'],
    });
    expect((await fetch(url)).status).toBe(500);
    const response = await fetch(url);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await response.json()).toMatchObject({ code: 'SLUICE_CIRCUIT_OPEN' });
  });

  test('of the options are told when the plugin is registered', async () => {
    const app = createApp();
    await expect(app.register(sluice, { to: 'http://127.0.0.1:1', prefixx: '/api' } as never)).rejects.toThrow(
      'prefixx',
    );
    const other = createApp();
    await expect(other.register(sluice, { prefix: '/api' })).rejects.toThrow('to');
  });

  test('a client that leaves cancels the attempt', async () => {
    const closed = vi.fn<() => void>();
    const abort = new AbortController();
    const origin = await startHttpOrigin((_req, res) => {
      res.once('close', closed);
      abort.abort();
    });
    const url = await start({ to: origin.url });
    await expect(fetch(url, { signal: abort.signal })).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
  });
});

describe('reply.proxy', () => {
  test('answers from within a route, also with a parsed body', async () => {
    const origin = await startHttpOrigin(mirror);
    const app = createApp();
    await app.register(sluice, { to: origin.url, routes: false });
    app.post('/orders/:id', async (request, reply) =>
      reply.proxy({ target: `/v1/orders?id=${(request.params as { id: string }).id}` }),
    );
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const json = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{ "a": 1 }' };
    expect(await mirrored(`${url}/orders/7`, json)).toMatchObject({ url: '/v1/orders?id=7', body: '{"a":1}' });
  });

  test('chooses another upstream, or another proxy by name', async () => {
    const [one, two] = [
      await startHttpOrigin((_req, res) => res.end('one')),
      await startHttpOrigin((_req, res) => res.end('two')),
    ];
    const other = createUpstream({ endpoints: [two.url] });
    onTestFinished(() => other.close());
    const app = createApp();
    await app.register(sluice, { to: one.url, routes: false });
    await app.register(sluice, { to: two.url, routes: false, name: 'two' });
    app.get('/a', (_request, reply) => void reply.proxy());
    app.get('/b', (_request, reply) => void reply.proxy({ upstream: other }));
    app.get('/c', (_request, reply) => void reply.proxy({ name: 'two' }));
    app.get('/d', (_request, reply) => reply.proxy({ name: 'three' }));
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const texts = await Promise.all(['/a', '/b', '/c'].map(async (path) => (await fetch(`${url}${path}`)).text()));
    expect(texts).toEqual(['one', 'two', 'two']);
    expect((await fetch(`${url}/d`)).status).toBe(500);
    const twice = createApp();
    await twice.register(sluice, { to: two.url, routes: false, name: 'two' });
    await expect(twice.register(sluice, { to: two.url, routes: false, name: 'two' })).rejects.toThrow(
      "named 'two' already",
    );
  });
});

describe('upgrades', () => {
  test('are tunnelled below the prefix', async () => {
    const origin = await startEcho();
    const url = await start({ to: origin.url, prefix: '/api' });
    expect(await talk(`${url}/api/chat?x=1`)).toBe('/chat?x=1 hello');
    expect(await talk(`${url}/other`)).toBe('404');
  });

  test('run through the hooks that guard the route', async () => {
    const origin = await startEcho();
    const app = createApp();
    app.addHook('onRequest', async (request, reply) => {
      if (!request.url.includes('token=1')) return reply.code(401).send();
      return undefined;
    });
    const url = await start({ to: origin.url, prefix: '/api' }, app);
    expect(await talk(`${url}/api/chat`)).toBe('401');
    expect(await talk(`${url}/api/chat?token=1`)).toBe('/chat?token=1 hello');
  });

  test('of other listeners are left to them, and can be switched off', async () => {
    const origin = await startEcho();
    const app = createApp();
    const own = new WebSocketServer({ noServer: true });
    own.on('connection', (socket) => socket.on('message', () => socket.send('own')));
    app.server.on('upgrade', (req, socket, head) => {
      if (req.url === '/own') own.handleUpgrade(req, socket, head, (client) => own.emit('connection', client, req));
    });
    const url = await start({ to: origin.url, prefix: '/api' }, app);
    expect(await talk(`${url}/own`)).toBe('own');
    expect(await talk(`${url}/api/x`)).toBe('/x hello');
    const off = await start({ to: origin.url, websocket: false });
    expect(await talk(`${off}/x`)).toBe('200');
  });

  test('two plugins on one server each get theirs', async () => {
    const [one, two] = [await startEcho(), await startEcho()];
    const app = createApp();
    await app.register(sluice, { to: one.url, prefix: '/one', rewritePrefix: '/first' });
    const url = await start({ to: two.url, prefix: '/two', rewritePrefix: '/second', name: 'two' }, app);
    expect(await talk(`${url}/one/x`)).toBe('/first/x hello');
    expect(await talk(`${url}/two/x`)).toBe('/second/x hello');
    expect(await talk(`${url}/three`)).toBe('404');
  });
});

describe('the end', () => {
  test('waits for open requests, and cuts tunnels when their time is over', async () => {
    const origin = await startEcho();
    let finish = (): void => {};
    const slow = await startHttpOrigin((_req, res) => {
      res.write('first');
      finish = () => res.end('last');
    });
    const app = createApp();
    await app.register(sluice, { to: slow.url, prefix: '/slow' });
    const url = await start({ to: origin.url, prefix: '/api', name: 'api', drainMs: 50 }, app);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/x`);
    await once(socket, 'open');
    const closed = once(socket, 'close');
    const response = await fetch(`${url}/slow`);
    const ended = app.close();
    await closed;
    finish();
    expect(await response.text()).toBe('firstlast');
    await ended;
    expect([...app.sluice.values()].map(({ proxy }) => proxy.stats().exchangesOpen)).toEqual([0, 0]);
  });
});
