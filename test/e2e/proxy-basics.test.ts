// The proxy as its users meet it: ordinary clients and origins, load balancing, TLS, Unix sockets, middleware, events and options.

import { createHeaderList, createProxy, createResponse, type ExchangeSummary, type ProxyOptions } from '@sluice/http';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin, type HttpOrigin } from '../support/http-origin.ts';
import { createSocketPath } from '../support/raw-server.ts';
import { headAtOrigin } from '../support/relayed-exchange.ts';

async function startProxy(options: ProxyOptions): Promise<{ url: string; proxy: ReturnType<typeof createProxy> }> {
  const proxy = createProxy(options);
  onTestFinished(() => proxy.close());
  return { url: (await proxy.listen()).url, proxy };
}

/** An origin that answers when it has the whole body. */
function startTransforming(
  answer: (body: Buffer, req: IncomingMessage, res: ServerResponse) => void,
): Promise<HttpOrigin> {
  return startHttpOrigin((req, res) => void buffer(req).then((body) => answer(body, req, res)));
}

async function responseTo(sent: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** An origin whose answers are its name. */
async function startNamed(name: string): Promise<string> {
  return (await startHttpOrigin((_req, res) => res.end(name))).url;
}

describe.each(fronts)('$name', ({ start }) => {
  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s with a body comes through', async (method) => {
    const origin = await startTransforming((body, req, res) => {
      res.writeHead(207, { 'x-method': req.method }).end(body.toString().toUpperCase());
    });
    const { url } = await start({ to: origin.url });
    const sent = httpRequest(url, { method, agent: false, headers: { 'content-length': '5' } }).end('hello');
    const response = await responseTo(sent);
    expect([response.statusCode, response.headers['x-method'], await text(response)]).toEqual([207, method, 'HELLO']);
  });

  test('many requests at once on few connections do not mix', async () => {
    const origin = await startTransforming((body, req, res) => {
      res.end(createHash('sha256').update(body).digest('hex') + String(req.url));
    });
    const { url, proxy } = await start({ to: origin.url });
    const ask = async (index: number): Promise<void> => {
      const body = randomBytes(1 + ((index * 7919) % 70_000));
      const response = await fetch(`${url}/${index}`, { method: 'POST', body });
      expect(await response.text()).toBe(`${createHash('sha256').update(body).digest('hex')}/${index}`);
    };
    await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index)));
    const { connectionsCreated, connectionsReused } = proxy.stats().transport;
    expect(connectionsCreated + connectionsReused).toBe(200);
    expect(proxy.stats()).toMatchObject({ exchangesBegun: 200, exchangesOpen: 0, upstream: { inFlight: 0 } });
  });
});

describe('balancing', () => {
  test('weights 3, 1, 1, 1 give 30, 10, 10, 10 of 60', async () => {
    const origins = await Promise.all(['a', 'b', 'c', 'd'].map(startNamed));
    const { url } = await startProxy({
      to: origins.map((address, index) => ({ address, weight: index === 0 ? 3 : 1 })),
    });
    const counts: Record<string, number> = {};
    for (let sent = 0; sent < 60; sent++) {
      const name = await (await fetch(url)).text();
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts).toEqual({ a: 30, b: 10, c: 10, d: 10 });
  });

  test('a hash balancer goes by the client behind trusted proxies, as logs and limits do', async () => {
    const origins = await Promise.all(['a', 'b', 'c', 'd'].map(startNamed));
    const { url } = await startProxy({
      upstream: { endpoints: origins, balancer: 'source-address-hash' },
      trustedProxies: ['loopback'],
    });
    const ask = async (client: string): Promise<string> =>
      (await fetch(url, { headers: { 'x-forwarded-for': client } })).text();
    const clients = Array.from({ length: 32 }, (_, index) => `198.51.${index}.7`);
    const first = await Promise.all(clients.map(ask));
    expect(await Promise.all(clients.map(ask))).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(1);
  });

  test('endpoints can be exchanged while requests are under way', async () => {
    const [a, b] = [await startNamed('a'), await startNamed('b')];
    const { url, proxy } = await startProxy({ to: a });
    expect(await (await fetch(url)).text()).toBe('a');
    proxy.upstream.update([b]);
    expect(await (await fetch(url)).text()).toBe('b');
  });

  test('a backup serves only when no primary is there', async () => {
    const primary = await startHttpOrigin((_req, res) => res.end('primary'));
    const { url } = await startProxy({ to: [primary.url, { address: await startNamed('backup'), backup: true }] });
    expect(await Promise.all([1, 2, 3].map(async () => (await fetch(url)).text()))).toEqual(Array(3).fill('primary'));
    await primary.kill();
    expect(await Promise.all([1, 2, 3].map(async () => (await fetch(url)).text()))).toEqual(Array(3).fill('backup'));
  });

  test('the content of a refused 100-continue request goes to the next endpoint, not to the refused one', async () => {
    const gone = await startHttpOrigin((_req, res) => res.end());
    await gone.kill();
    const origin = await startTransforming((body, _req, res) => res.end(body));
    const { url, proxy } = await startProxy({ to: [gone.url, origin.url] });
    const failed = vi.fn<(code: string) => void>();
    proxy.on('attempt-failed', ({ error }) => failed(error.code));
    const headers = { expect: '100-continue', 'content-length': '5' };
    const sent = httpRequest(url, { method: 'POST', agent: false, headers });
    sent.on('continue', () => sent.end('hello')).flushHeaders();
    const response = await responseTo(sent);
    expect(await text(response)).toBe('hello');
    expect(failed.mock.calls).toEqual([['SLUICE_CONNECT_REFUSED']]);
  });
});

describe('TLS', () => {
  const authority = createCertificateAuthority();

  async function startHttpsOrigin(names: readonly string[]): Promise<string> {
    const server = createHttpsServer(authority.issue(names), (_req, res) => res.end('secure'));
    server.on('tlsClientError', () => {});
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('an origin whose certificate nobody vouches for is refused by default', async () => {
    const { url } = await startProxy({ to: await startHttpsOrigin(['127.0.0.1']) });
    const response = await fetch(url);
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/SLUICE_TLS_FAILED/);
  });

  test('an origin with a certificate of a trusted authority is used', async () => {
    const { url } = await startProxy({
      to: await startHttpsOrigin(['127.0.0.1']),
      wire: { tls: { ca: authority.cert } },
    });
    expect(await (await fetch(url)).text()).toBe('secure');
  });

  test('a certificate for another host is refused, though its authority is trusted', async () => {
    const to = await startHttpsOrigin(['other.example']);
    const { url } = await startProxy({ to, wire: { tls: { ca: authority.cert } } });
    expect(await (await fetch(url)).text()).toMatch(/SLUICE_TLS_FAILED/);
    const named = await startProxy({ to, wire: { tls: { ca: authority.cert, servername: 'other.example' } } });
    expect(await (await fetch(named.url)).text()).toBe('secure');
  });

  test('in an https server, origins are told https', async () => {
    const origin = await startHttpOrigin((req, res) => res.end(String(req.headers['x-forwarded-proto'])));
    const proxy = createProxy({ to: origin.url });
    onTestFinished(() => proxy.close());
    const server = createHttpsServer(authority.issue(['127.0.0.1']), proxy);
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sent = httpsRequest({ port, host: '127.0.0.1', ca: authority.cert, agent: false }).end();
    const response = await responseTo(sent);
    expect(await text(response)).toBe('https');
  });
});

describe('Unix sockets', () => {
  test('on both sides', async () => {
    const inner = createProxy({ to: await startNamed('behind two sockets') });
    onTestFinished(() => inner.close());
    const innerPath = createSocketPath();
    expect((await inner.listen({ path: innerPath })).url).toBe(`unix:${innerPath}`);
    const outer = createProxy({ to: `unix:${innerPath}` });
    onTestFinished(() => outer.close());
    const outerPath = createSocketPath();
    await outer.listen({ path: outerPath });
    const sent = httpRequest({ socketPath: outerPath, agent: false }).end();
    const response = await responseTo(sent);
    expect(await text(response)).toBe('behind two sockets');
  });
});

describe('middleware', () => {
  test('runs outermost first, changes request and response, and may answer by itself', async () => {
    const steps: string[] = [];
    const origin = await startHttpOrigin((req, res) => res.end(`${String(req.url)} ${String(req.headers['x-added'])}`));
    const { url } = await startProxy({
      to: origin.url,
      middleware: [
        async (_exchange, next) => {
          steps.push('outer in');
          const response = await next();
          steps.push('outer out');
          response.headers.set('X-Served-By', 'sluice');
          return response;
        },
        (exchange, next) => {
          steps.push('inner');
          if (exchange.request.target === '/own') return createResponse({ status: 203, body: 'own answer' });
          exchange.request.target = `/prefix${exchange.request.target}`;
          exchange.request.headers.set('X-Added', 'yes');
          return next();
        },
      ],
    });
    const relayed = await fetch(`${url}/x`);
    expect([await relayed.text(), relayed.headers.get('x-served-by')]).toEqual(['/prefix/x yes', 'sluice']);
    const own = await fetch(`${url}/own`);
    expect([own.status, await own.text(), own.headers.get('x-served-by')]).toEqual([203, 'own answer', 'sluice']);
    expect(steps).toEqual(['outer in', 'inner', 'outer out', 'outer in', 'inner', 'outer out']);
  });

  test('can catch an error and answer something else', async () => {
    const { url } = await startProxy({
      upstream: { endpoints: [] },
      middleware: [(_exchange, next) => next().catch(() => createResponse({ status: 200, body: 'from the freezer' }))],
    });
    expect(await (await fetch(url)).text()).toBe('from the freezer');
  });

  test('that throws is answered with 500', async () => {
    const { url, proxy } = await startProxy({
      to: await startNamed('never asked'),
      middleware: [() => Promise.reject(new Error('a bug'))],
    });
    const causes: unknown[] = [];
    proxy.on('exchange-finished', ({ error }) => causes.push(error?.cause));
    expect((await fetch(url)).status).toBe(500);
    expect(causes).toMatchObject([{ message: 'a bug' }]);
  });
});

describe('events and options', () => {
  test('each exchange is told once, when it is over, with what an access log needs', async () => {
    const { url, proxy } = await startProxy({ to: await startNamed('a') });
    const summaries: ExchangeSummary[] = [];
    proxy.on('exchange-finished', (summary) => summaries.push(summary));
    await (await fetch(`${url}/x?y`)).text();
    await vi.waitFor(() => expect(summaries).toHaveLength(1));
    expect(summaries[0]).toMatchObject({ status: 200, error: undefined });
    expect(summaries[0]?.durationMs).toBeGreaterThan(0);
    expect(summaries[0]?.exchange).toMatchObject({
      request: { method: 'GET', target: '/x?y' },
      client: { address: '127.0.0.1' },
    });
    expect(summaries[0]?.exchange.id).toMatch(/^[\w-]+$/);
  });

  test('all mistakes in options are told at once', () => {
    const wrong = {
      to: ['http://h:1/path'],
      retry: { maxAtempts: 2 },
      timeouts: { connectMs: -1 },
      trustedProxies: ['x'],
    };
    expect(() => createProxy(wrong as unknown as ProxyOptions)).toThrow(
      expect.objectContaining({
        code: 'SLUICE_OPTIONS_INVALID',
        issues: expect.objectContaining({ length: 4 }) as unknown,
      }),
    );
  });

  test('options of the caller are neither changed nor kept', async () => {
    const origin = await startHttpOrigin((_req, res) => res.writeHead(200, { 'x-secret': '1' }).end('a'));
    const options = { to: [{ address: origin.url }], response: { hide: ['X-Secret'] } };
    const before = structuredClone(options);
    const { url } = await startProxy(options);
    expect(options).toEqual(before);
    options.to.length = 0;
    options.response.hide.length = 0;
    const response = await fetch(url);
    expect([response.headers.get('x-secret'), await response.text()]).toEqual([null, 'a']);
  });

  test('a header list of a response may be replaced as a whole', async () => {
    const { url } = await startProxy({
      to: await startNamed('a'),
      middleware: [
        async (_exchange, next) => {
          const response = await next();
          response.headers = createHeaderList(['X-Only', '1']);
          return response;
        },
      ],
    });
    const response = await fetch(url);
    expect([response.headers.get('x-only'), await response.text()]).toEqual(['1', 'a']);
  });
});

test('a large head passes in both directions', async () => {
  const [front] = fronts;
  if (front === undefined) throw new Error('no front');
  const value = 'v'.repeat(20_000);
  const head = await headAtOrigin(front, `GET / HTTP/1.1\r\nHost: a\r\nX-Large: ${value}\r\n\r\n`);
  expect(head.values('x-large')).toEqual([value]);
});
