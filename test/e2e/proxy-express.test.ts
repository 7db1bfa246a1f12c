// The proxy as middleware among others: mount paths, body parsers before it, and errors that go to the framework.

import { createProxy, type ProxyOptions } from '@sluice/http';
import connect from 'connect';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHttpOrigin } from '../support/http-origin.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

function createTestProxy(options: ProxyOptions): ReturnType<typeof createProxy> {
  const proxy = createProxy(options);
  onTestFinished(() => proxy.close());
  return proxy;
}

/** Serves an application until the test ends. */
async function serve(app: RequestListener): Promise<string> {
  const server = createServer(app);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** An origin that answers with what it got, as JSON. */
async function startMirror(): Promise<string> {
  const mirror = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = (await buffer(req)).toString();
    const { 'content-type': type, 'content-length': length, 'content-encoding': encoding } = req.headers;
    res.end(JSON.stringify({ method: req.method, url: req.url, type, length, encoding, body }));
  };
  const origin = await startHttpOrigin((req, res) => void mirror(req, res));
  return origin.url;
}

async function mirrored(url: string, init?: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(url, init);
  return (await response.json()) as Record<string, unknown>;
}

describe('mounted', () => {
  test('the origin sees the path behind the mount point, and other routes are the application’s', async () => {
    const proxy = createTestProxy({ to: await startMirror() });
    const app = express();
    app.get('/health', (_req, res) => void res.send('fine'));
    app.use('/api', proxy);
    const url = await serve(app);
    expect(await mirrored(`${url}/api/items/1?x=%41`)).toMatchObject({ method: 'GET', url: '/items/1?x=%41' });
    expect(await mirrored(`${url}/api`)).toMatchObject({ url: '/' });
    expect(await mirrored(`${url}/api?x=1`)).toMatchObject({ url: '/?x=1' });
    expect(await (await fetch(`${url}/health`)).text()).toBe('fine');
    expect((await fetch(`${url}/other`)).status).toBe(404);
  });

  test('the origin sees the whole path when it is to be kept', async () => {
    const proxy = createTestProxy({ to: await startMirror(), mountPath: 'keep' });
    const url = await serve(express().use('/api', proxy));
    expect(await mirrored(`${url}/api/items?x=1`)).toMatchObject({ url: '/api/items?x=1' });
    const plain = await serve((req, res) => proxy(req, res));
    expect(await mirrored(`${plain}/api/x`)).toMatchObject({ url: '/api/x' });
  });

  test('a request can be handed over with a target, a parsed body and what the application knows', async () => {
    const proxy = createTestProxy({ to: await startMirror(), passErrors: true });
    const app = express().use(express.json(), (req, res, next) => {
      proxy.handle(req, res, {
        target: '/inner?x=1',
        parsedBody: { wrapped: req.body as unknown },
        prepare: async (exchange) => {
          if (req.url === '/refused') throw new Error('refused');
          exchange.request.method = 'PUT';
        },
        next,
      });
    });
    app.use(
      ((error: Error & { code?: string }, _req, res, _next) =>
        void res.status(500).send(error.code)) as ErrorRequestHandler,
    );
    const url = await serve(app);
    const json = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '[1]' };
    expect(await mirrored(url, json)).toMatchObject({
      method: 'PUT',
      url: '/inner?x=1',
      body: '{"wrapped":[1]}',
      length: '15',
    });
    expect(await (await fetch(`${url}/refused`, json)).text()).toBe('SLUICE_INTERNAL');
  });

  test('in Connect too', async () => {
    const proxy = createTestProxy({ to: await startMirror() });
    const app = connect().use('/api', proxy);
    const url = await serve(app);
    expect(await mirrored(`${url}/api/x`)).toMatchObject({ url: '/x' });
  });

  test('a path that begins with two slashes stays a path of the origin', async () => {
    const proxy = createTestProxy({ to: await startMirror() });
    const url = await serve(express().use('/api', proxy));
    expect(await mirrored(`${url}/api//evil.example/x`)).toMatchObject({ url: '//evil.example/x' });
  });

  test('what middleware before it has set on the response stays', async () => {
    const proxy = createTestProxy({ to: await startMirror() });
    const app = express().use((_req, res, next) => {
      res.setHeader('X-Frame-Options', 'DENY');
      next();
    }, proxy);
    const response = await fetch(await serve(app));
    expect(response.headers.get('x-frame-options')).toBe('DENY');
  });
});

describe('behind a body parser', () => {
  async function startParsing(prepare: (app: Express) => void): Promise<string> {
    const app = express();
    prepare(app);
    app.use(createTestProxy({ to: await startMirror() }));
    return serve(app);
  }

  const everyParser = (app: Express): void => {
    app.use(express.json(), express.urlencoded({ extended: true }), express.text(), express.raw());
  };

  test.each([
    ['application/json', '{ "a": [1, 2], "b": "é" }', '{"a":[1,2],"b":"é"}'],
    ['application/x-www-form-urlencoded', 'a=1&b=x%20y&c%5Bd%5D=%C3%A9', 'a=1&b=x%20y&c%5Bd%5D=%C3%A9'],
    ['text/plain', 'plain é', 'plain é'],
    ['application/octet-stream', 'bytes', 'bytes'],
    ['image/png', 'nobody parses this', 'nobody parses this'],
    ['application/json', '', ''],
  ])('%s %j arrives with the right length', async (type, sent, expected) => {
    const url = await startParsing(everyParser);
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: sent });
    expect(await response.json()).toMatchObject({
      body: expected,
      type,
      length: String(Buffer.byteLength(expected)),
    });
  });

  test('a body that the parser has inflated is not announced as compressed', async () => {
    const url = await startParsing(everyParser);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const seen = await mirrored(url, { method: 'POST', headers, body: gzipSync('{"a":1}') });
    expect(seen).toMatchObject({ body: '{"a":1}', length: '7' });
    expect(seen).not.toHaveProperty('encoding');
  });

  test('a chunked body that was parsed has a length now', async () => {
    const url = await startParsing(everyParser);
    const seen = await mirrored(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: new Blob(['{"a":', '1}']).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(seen).toMatchObject({ method: 'PUT', body: '{"a":1}', length: '7' });
  });

  test('changes that the application makes to the parsed body reach the origin', async () => {
    const url = await startParsing((app) => {
      app.use(express.json(), (req, _res, next) => {
        (req.body as Record<string, unknown>)['user'] = 'guest';
        next();
      });
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' };
    expect(await mirrored(url, init)).toMatchObject({ body: '{"a":1,"user":"guest"}' });
  });

  test('a body of which nothing is left is an error at once, not a request that hangs', async () => {
    const url = await startParsing((app) => {
      app.use(express.json(), (req, _res, next) => {
        req.body = undefined;
        next();
      });
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":1}' };
    const response = await fetch(url, init);
    expect(response.status).toBe(500);
    expect(await response.text()).toMatch(/SLUICE_BODY_ALREADY_READ/);
  });

  test('a GET without a body is left alone by parsers and by us', async () => {
    const url = await startParsing(everyParser);
    const seen = await mirrored(url);
    expect(seen).toMatchObject({ method: 'GET', body: '' });
    expect(seen).not.toHaveProperty('length');
  });
});

describe('passErrors', () => {
  async function startFailing(options: ProxyOptions): Promise<{ url: string; passed: unknown[] }> {
    const passed: unknown[] = [];
    const onError: ErrorRequestHandler = (error: { code?: string }, _req, res, _next) => {
      passed.push(error.code);
      res.status(418).send('mine');
    };
    const app = express().use(createTestProxy(options)).use(onError);
    return { url: await serve(app), passed };
  }

  async function unusedAddress(): Promise<string> {
    const origin = await startScriptedOrigin();
    await origin.close();
    return origin.url;
  }

  test('errors before the response go to the framework when asked for', async () => {
    const { url, passed } = await startFailing({ to: await unusedAddress(), passErrors: true });
    const response = await fetch(url);
    expect([response.status, await response.text(), passed]).toEqual([418, 'mine', ['SLUICE_CONNECT_REFUSED']]);
  });

  test('otherwise they are answered', async () => {
    const { url, passed } = await startFailing({ to: await unusedAddress() });
    expect((await fetch(url)).status).toBe(502);
    expect(passed).toEqual([]);
  });

  test.each([
    ['before the head is answered', () => {}, /^500 Internal Server Error: SLUICE_INTERNAL/],
    [
      'behind the head cuts the client off',
      (res: ServerResponse) => void res.writeHead(200).write('half'),
      /^cut off$/,
    ],
  ])('what next throws %s', async (_when, before, expected) => {
    const proxy = createTestProxy({ to: await unusedAddress(), passErrors: true });
    const url = await serve((req, res) => {
      proxy(req, res, () => {
        before(res);
        throw new Error('secret');
      });
    });
    const answer = fetch(url).then((response) => response.text());
    expect(await answer.catch(() => 'cut off')).toMatch(expected);
    expect(await proxy.drain(5_000)).toBe(0);
  });

  test('errors after the head never reach the framework: the client is cut off', async () => {
    const origin = await startHttpOrigin((_req, res) => {
      res.writeHead(200, { 'content-length': '100' });
      res.write('beginning', () => res.destroy());
    });
    const { url, passed } = await startFailing({ to: origin.url, passErrors: true });
    const response = await fetch(url);
    await expect(response.text()).rejects.toThrow(/terminated/);
    expect(passed).toEqual([]);
  });
});
