// The proxy for web-standard frameworks: a Request in, a Response out, both streamed.

import { createProxy, type Proxy, type ProxyOptions } from '@sluice/http';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startHttpOrigin } from '../support/http-origin.ts';
import { mirror, type Mirrored } from '../support/mirror.ts';

type Listener = (req: IncomingMessage, res: ServerResponse) => unknown;

async function startFetch(listener: Listener, options: ProxyOptions = {}): Promise<Proxy> {
  const origin = await startHttpOrigin(listener);
  const proxy = createProxy({ to: origin.url, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

const at = 'http://shop.example/path?x=%41';

async function mirrored(proxy: Proxy, ...request: Parameters<Proxy['fetch']>): Promise<Mirrored> {
  const response = await proxy.fetch(...request);
  return (await response.json()) as Mirrored;
}

describe('the request', () => {
  test('reaches the origin with its method, target, fields and body', async () => {
    const proxy = await startFetch(mirror);
    const request = new Request(at, {
      method: 'POST',
      body: 'hello',
      headers: { 'X-One': '1', Connection: 'x-gone', 'X-Gone': '1' },
    });
    const seen = await mirrored(proxy, request);
    expect(seen).toMatchObject({ method: 'POST', url: '/path?x=%41', body: 'hello' });
    expect(seen.headers).toMatchObject({ host: 'shop.example', 'x-one': '1', 'x-forwarded-proto': 'http' });
    expect(seen.headers['x-gone']).toBeUndefined();
  });

  test('has the client that the framework names, and an unknown one otherwise', async () => {
    const proxy = await startFetch(mirror, { trustedProxies: ['unix', 'loopback', 'private'] });
    const spoofed = { headers: { 'X-Forwarded-For': '1.2.3.4' } };
    const named = { connection: { remoteAddress: '203.0.113.7', secure: true } };
    expect((await mirrored(proxy, new Request(at, spoofed), named)).headers).toMatchObject({
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-proto': 'https',
    });
    expect((await mirrored(proxy, new Request(at, spoofed))).headers['x-forwarded-for']).toBe('unknown');
  });

  test('may be given another target, and be prepared', async () => {
    const proxy = await startFetch(mirror);
    const options = {
      target: '/inner',
      prepare: (exchange: { request: { headers: { set(name: string, value: string): void } } }): void =>
        exchange.request.headers.set('X-User', 'ann'),
    };
    const seen = await mirrored(proxy, new Request(at), options);
    expect([seen.url, seen.headers['x-user']]).toEqual(['/inner', 'ann']);
  });

  test('is streamed: the origin has the first bytes before the last ones exist', async () => {
    let first: (text: string) => void = () => {};
    const seen = new Promise<string>((resolve) => (first = resolve));
    const proxy = await startFetch((req, res) => {
      req.once('data', (chunk: Buffer) => first(chunk.toString()));
      req.once('end', () => res.end('done'));
    });
    const parts = new TransformStream<Uint8Array, Uint8Array>();
    const writer = parts.writable.getWriter();
    const request = new Request(at, { method: 'PUT', body: parts.readable, duplex: 'half' });
    const response = proxy.fetch(request);
    await writer.write(Buffer.from('first'));
    expect(await seen).toBe('first');
    await writer.close();
    expect(await (await response).text()).toBe('done');
  });

  test('whose body was read already is refused', async () => {
    const proxy = await startFetch(mirror);
    const request = new Request(at, { method: 'POST', body: 'x' });
    await request.text();
    const response = await proxy.fetch(request);
    expect([response.status, await response.text()]).toEqual([
      500,
      expect.stringContaining('SLUICE_BODY_ALREADY_READ'),
    ]);
  });

  test('whose body breaks is not passed off as whole', async () => {
    const closed = vi.fn<(complete: boolean) => void>();
    const parts = new TransformStream<Uint8Array, Uint8Array>();
    const writer = parts.writable.getWriter();
    const proxy = await startFetch((req, res) => {
      req.on('error', () => {}).once('close', () => closed(req.complete));
      res.on('error', () => {});
      req.once('data', () => void writer.abort(new Error('broken')));
    });
    const fetching = proxy.fetch(new Request(at, { method: 'PUT', body: parts.readable, duplex: 'half' }));
    await writer.write(Buffer.from('part'));
    expect((await fetching).status).toBe(499);
    await vi.waitFor(() => expect(closed).toHaveBeenCalledWith(false));
  });
});

describe('the response', () => {
  test('has status, reason, fields and body of the origin, cookies apart', async () => {
    const proxy = await startFetch((_req, res) => {
      res.writeHead(
        418,
        'Short',
        [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
          ['X-Two', 'x'],
          ['Content-Length', '3'],
        ].flat(),
      );
      res.end('tea');
    });
    const response = await proxy.fetch(new Request(at));
    expect([response.status, response.statusText, await response.text()]).toEqual([418, 'Short', 'tea']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect([response.headers.get('x-two'), response.headers.get('content-length')]).toEqual(['x', '3']);
  });

  test.each([204, 304])('%i has no body', async (status) => {
    const proxy = await startFetch((_req, res) => res.writeHead(status, { ETag: '"1"' }).end());
    const response = await proxy.fetch(new Request(at));
    expect([response.status, response.body, response.headers.get('etag')]).toEqual([status, null, '"1"']);
    expect(proxy.stats().exchangesOpen).toBe(0);
  });

  test('to HEAD keeps the length that a GET would have', async () => {
    const proxy = await startFetch((_req, res) => res.writeHead(200, { 'Content-Length': '12' }).end());
    const response = await proxy.fetch(new Request(at, { method: 'HEAD' }));
    expect([response.body, response.headers.get('content-length')]).toEqual([null, '12']);
  });

  test('is streamed with backpressure: an origin can not run ahead of a reader that takes nothing', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let written = 0;
    const proxy = await startFetch(async (_req, res) => {
      for (let count = 0; count < 1024; count++) {
        written += chunk.byteLength;
        if (!res.write(chunk)) await once(res, 'drain');
      }
      res.end();
    });
    const response = await proxy.fetch(new Request(at));
    const before = await vi.waitFor(async () => {
      const then = written;
      for (let count = 0; count < 50; count++) await turn();
      expect(written).toBe(then);
      return written;
    });
    expect(before).toBeLessThan(32 * chunk.byteLength + 16 * 1024 * 1024);
    expect((await response.arrayBuffer()).byteLength).toBe(1024 * chunk.byteLength);
    expect(written).toBe(1024 * chunk.byteLength);
  });

  test('that the origin cuts short breaks for its reader', async () => {
    const proxy = await startFetch((_req, res) => {
      res.writeHead(200, { 'Content-Length': '10' });
      res.write('half', () => res.destroy());
    });
    const response = await proxy.fetch(new Request(at));
    await expect(response.text()).rejects.toMatchObject({ code: 'SLUICE_RESPONSE_CUT' });
    expect(proxy.stats().exchangesOpen).toBe(0);
  });

  test('that nobody reads does not keep its endpoint for ever', async () => {
    const closed = vi.fn<() => void>();
    const proxy = await startFetch(
      (_req, res) => {
        res.once('close', closed);
        res.write(Buffer.alloc(4 * 1024 * 1024));
      },
      { timeouts: { responseBodyIdleMs: 50 } },
    );
    const response = await proxy.fetch(new Request(at));
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
    await expect(response.arrayBuffer()).rejects.toMatchObject({ code: 'SLUICE_REQUEST_TIMEOUT' });
    expect(proxy.stats().upstream.endpoints[0]?.inFlight).toBe(0);
  });

  test('can be read into a buffer of the reader’s own', async () => {
    const proxy = await startFetch((_req, res) => res.end('hello'));
    const response = await proxy.fetch(new Request(at));
    const reader = response.body?.getReader({ mode: 'byob' });
    const first = await reader?.read(new Uint8Array(16));
    expect(Buffer.from(first?.value ?? []).toString()).toBe('hello');
    expect((await reader?.read(new Uint8Array(16)))?.done).toBe(true);
  });
});

describe('going away', () => {
  test('an abort before the response cancels the attempt', async () => {
    const closed = vi.fn<() => void>();
    const abort = new AbortController();
    const proxy = await startFetch((_req, res) => {
      res.once('close', closed);
      abort.abort();
    });
    const response = await proxy.fetch(new Request(at, { signal: abort.signal }));
    expect(response.status).toBe(499);
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
  });

  test('an abort that came before the call asks no origin', async () => {
    const listener = vi.fn<Listener>();
    const proxy = await startFetch(listener);
    const response = await proxy.fetch(new Request(at, { signal: AbortSignal.abort() }));
    expect([response.status, listener.mock.calls.length]).toEqual([499, 0]);
  });

  test('an abort, or a cancelled body, in the middle of the response cancels it', async () => {
    const closed = vi.fn<() => void>();
    const proxy = await startFetch((_req, res) => {
      res.once('close', closed);
      res.write('part');
    });
    const abort = new AbortController();
    const aborted = await proxy.fetch(new Request(at, { signal: abort.signal }));
    abort.abort();
    await expect(aborted.text()).rejects.toMatchObject({ code: 'SLUICE_CLIENT_ABORTED' });
    const cancelled = await proxy.fetch(new Request(at));
    await cancelled.body?.cancel('enough');
    await vi.waitFor(() => expect(closed).toHaveBeenCalledTimes(2));
    expect(proxy.stats().exchangesOpen).toBe(0);
  });
});

describe('errors and the end', () => {
  test('are answered, or rejected with when they are to be passed on', async () => {
    const dead = await startHttpOrigin(() => {});
    await dead.kill();
    const answering = createProxy({ to: dead.url });
    const passing = createProxy({ to: dead.url, passErrors: true });
    onTestFinished(async () => {
      await Promise.all([answering.close(), passing.close()]);
    });
    const response = await answering.fetch(new Request(at));
    expect([response.status, await response.text()]).toEqual([502, expect.stringContaining('SLUICE_CONNECT_REFUSED')]);
    await expect(passing.fetch(new Request(at))).rejects.toMatchObject({ code: 'SLUICE_CONNECT_REFUSED' });
    expect([answering, passing].map((proxy) => proxy.stats().exchangesOpen)).toEqual([0, 0]);
  });

  test('what prepare throws is answered', async () => {
    const proxy = await startFetch(mirror);
    const prepare = (): never => {
      throw new Error('no such tenant');
    };
    expect((await proxy.fetch(new Request(at), { prepare })).status).toBe(500);
  });

  test('a drain waits for responses that are being read, and refuses new ones', async () => {
    let finish: () => void = () => {};
    const proxy = await startFetch((_req, res) => {
      res.write('first');
      finish = () => res.end('last');
    });
    const response = await proxy.fetch(new Request(at));
    const drained = proxy.drain(10_000);
    expect((await proxy.fetch(new Request(at))).status).toBe(503);
    finish();
    expect(await response.text()).toBe('firstlast');
    expect(await drained).toBe(0);
  });
});
