// Probes of layer 7 against real origins: up, slow, failing, wrong, garbage, cut, frozen, over TLS and Unix sockets; and an upstream that follows.

import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  createAbortScope,
  createUpstream,
  outcomeOk,
  parseEndpointAddress,
  type Endpoint,
  type OwnedAbortScope,
  type Probe,
  type ProbeResult,
  type Upstream,
} from '@sluice/core';
import { createUndiciTransport, httpProbe } from '@sluice/http';
import { Agent } from 'undici';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCertificateAuthority } from '../support/certificates.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { createSocketPath, startRawServer } from '../support/raw-server.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';
import { startStoppableOrigin } from '../support/stoppable-origin.ts';

beforeEach(expectNoResourcesLeft);

function ask(probe: Probe, address: string, scope: OwnedAbortScope = createAbortScope()): Promise<ProbeResult> {
  const endpoint = { id: address, address: parseEndpointAddress(address) } as Endpoint;
  return Promise.resolve(probe.check(endpoint, scope));
}

/** What a probe finds at an origin that answers with these bytes. */
async function askScripted(probe: Probe, answer: string, end = true): Promise<ProbeResult> {
  const origin = await startScriptedOrigin();
  const asked = ask(probe, origin.url);
  const { socket } = await origin.accept();
  socket.write(answer, 'latin1');
  if (end) socket.end();
  return asked;
}

describe('an HTTP probe', () => {
  test('asks for what it was told, on a connection of its own', async () => {
    const origin = await startScriptedOrigin();
    const probe = httpProbe({
      path: '/up?deep=1',
      host: 'app.example',
      headers: { 'X-Probe': 'yes', accept: 'text/plain' },
    });
    const asked = ask(probe, origin.url);
    const log = await origin.accept();
    const request = await log.until(/\r\n\r\n/);
    expect(request.split('\r\n')).toEqual([
      'GET /up?deep=1 HTTP/1.1',
      'Host: app.example',
      'User-Agent: sluice-probe',
      'accept: text/plain',
      'X-Probe: yes',
      'Connection: close',
      '',
      '',
    ]);
    log.socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    expect(await asked).toEqual({ healthy: true, reason: 'status 204' });
  });

  test('judges status, fields and body', async () => {
    const origin = await startHttpOrigin((req, res) => {
      if (req.url === '/broken') res.statusCode = 500;
      res.setHeader('X-Role', 'primary').end('{"status":"ok"}');
    });
    expect(await ask(httpProbe({ path: '/broken' }), origin.url)).toEqual({ healthy: false, reason: 'status 500' });
    expect(await ask(httpProbe({ path: '/broken', status: ['5xx'] }), origin.url)).toMatchObject({ healthy: true });
    expect(await ask(httpProbe({ expectHeaders: { 'X-Role': 'replica' } }), origin.url)).toEqual({
      healthy: false,
      reason: 'status 200 with X-Role: primary',
    });
    expect(await ask(httpProbe({ expectBody: /"status":\s*"ok"/ }), origin.url)).toMatchObject({ healthy: true });
    expect(await ask(httpProbe({ expectBody: 'ready' }), origin.url)).toEqual({
      healthy: false,
      reason: String.raw`status 200, but the body has no "ready": "{\"status\":\"ok\"}"`,
    });
    expect(await ask(httpProbe({ method: 'HEAD' }), origin.url)).toMatchObject({ healthy: true });
  });

  test('accepts no answer that a request would not accept', async () => {
    const probe = httpProbe();
    await expect(askScripted(probe, 'SSH-2.0-dropbear\r\n')).rejects.toMatchObject({ code: 'SLUICE_RESPONSE_INVALID' });
    const ambiguous = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n';
    await expect(askScripted(probe, ambiguous)).rejects.toMatchObject({ code: 'SLUICE_RESPONSE_INVALID' });
    await expect(askScripted(probe, '')).rejects.toMatchObject({ code: 'SLUICE_SEND_FAILED' });
    const cut = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello';
    await expect(askScripted(probe, cut)).rejects.toMatchObject({ code: 'SLUICE_RESPONSE_CUT' });
  });

  test('reads no more than its share of a body that has no end', async () => {
    const answer = `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1000)}`;
    expect(await askScripted(httpProbe({ maxBodyBytes: 100 }), answer, false)).toMatchObject({ healthy: true });
    expect(await askScripted(httpProbe({ maxBodyBytes: 100, expectBody: 'y' }), answer, false)).toMatchObject({
      healthy: false,
    });
  });

  test('gives up with its scope, in whatever phase', async () => {
    for (const answer of ['', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello']) {
      const origin = await startScriptedOrigin();
      const scope = createAbortScope();
      const asked = ask(httpProbe(), origin.url, scope);
      const log = await origin.accept();
      await log.until(/\r\n\r\n/);
      if (answer !== '') log.socket.write(answer);
      scope.abort(new Error('time is over'));
      await expect(asked).rejects.toBeInstanceOf(Error);
      await log.untilClosed();
    }
  });

  test('goes over TLS and verifies, and over Unix sockets', async () => {
    const authority = createCertificateAuthority();
    const secure = createTlsServer(authority.issue(['127.0.0.1']), (_, res) => void res.end());
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void secure.close());
    const address = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
    expect(await ask(httpProbe({ tls: { ca: authority.cert } }), address)).toMatchObject({ healthy: true });
    await expect(ask(httpProbe(), address)).rejects.toMatchObject({ code: 'SLUICE_TLS_FAILED' });

    const path = createSocketPath();
    const local = createServer((req, res) => void res.end(req.headers.host));
    await new Promise<void>((resolve) => local.listen(path, resolve));
    onTestFinished(() => void local.close());
    expect(await ask(httpProbe({ expectBody: 'localhost' }), `unix:${path}`)).toMatchObject({ healthy: true });
  });

  test('goes to another port, and over another transport, when it is told to', async () => {
    const origin = await startHttpOrigin((_, res) => res.end());
    const closed = await startRawServer();
    await closed.close();
    const transport = createUndiciTransport(new Agent());
    onTestFinished(() => transport.close());
    for (const options of [{ port: origin.port }, { port: origin.port, transport }]) {
      expect(await ask(httpProbe(options), `http://127.0.0.1:${closed.port}`)).toMatchObject({ healthy: true });
    }
  });

  test('hears what the endpoint wants of its weight', async () => {
    const origin = await startHttpOrigin((req, res) =>
      res.setHeader('X-Sluice-Weight', req.headers['x-answer'] ?? '').end(),
    );
    const answers = ['30%', 'drain', 'nonsense'].map((answer) =>
      ask(httpProbe({ weightHeader: 'X-Sluice-Weight', headers: { 'X-Answer': answer } }), origin.url),
    );
    expect(await Promise.all(answers)).toEqual([
      { healthy: true, weightPercent: 30, reason: 'status 200, asks for 30%' },
      { healthy: true, weightPercent: 0, reason: 'status 200, asks for drain' },
      { healthy: true, reason: 'status 200' },
    ]);
  });
});

/** The next change of an endpoint, as `healthy` or `unhealthy: why`. */
function nextChange(upstream: Upstream): Promise<string> {
  return new Promise((resolve) => {
    const stop = [
      upstream.on('endpoint-healthy', () => settle('healthy')),
      upstream.on('endpoint-unhealthy', ({ reason }) => settle(`unhealthy: ${reason}`)),
    ];
    const settle = (change: string): void => {
      for (const takeOff of stop) takeOff();
      resolve(change);
    };
  });
}

describe('an upstream with HTTP checks', () => {
  test('takes a frozen origin out and brings it back when it thaws', async () => {
    const frozen = await startStoppableOrigin();
    const other = await startHttpOrigin((_, res) => res.end('fine'));
    const upstream = createUpstream({
      endpoints: [frozen.address, other.url],
      health: {
        checks: [{ probe: httpProbe({ expectBody: 'fine' }), intervalMs: 20, timeoutMs: 500, rise: 1, fall: 2 }],
      },
    });
    onTestFinished(() => upstream.close());
    const out = nextChange(upstream);
    frozen.freeze();
    expect(await out).toBe('unhealthy: no verdict within 500 ms');
    const lease = await upstream.acquire();
    expect(lease.endpoint.id).toBe(other.url);
    lease.release(outcomeOk);
    const back = nextChange(upstream);
    frozen.thaw();
    expect(await back).toBe('healthy');
  });

  test('follows an origin that fails for a while', async () => {
    let isBroken = true;
    const origin = await startHttpOrigin((_, res) => {
      res.statusCode = isBroken ? 503 : 200;
      res.end();
    });
    const upstream = createUpstream({
      endpoints: [origin.url],
      health: { panic: false, checks: [{ probe: httpProbe(), intervalMs: 10, initialState: 'unknown' }] },
    });
    onTestFinished(() => upstream.close());
    const changes = nextChange(upstream);
    await expect(Promise.resolve(upstream.acquire())).rejects.toThrow('1 unhealthy');
    expect(await changes).toBe('unhealthy: status 503');
    const back = nextChange(upstream);
    isBroken = false;
    expect(await back).toBe('healthy');
    (await upstream.acquire()).release(outcomeOk);
  });

  test('probes hundreds of times without leaving anything open', async () => {
    let open = 0;
    let mostOpen = 0;
    const origin = await startHttpOrigin((_, res) => res.end('fine'));
    origin.server.on('connection', (socket) => {
      mostOpen = Math.max(mostOpen, ++open);
      socket.on('close', () => open--);
    });
    const upstream = createUpstream({
      endpoints: [origin.url],
      health: { checks: [{ probe: httpProbe(), intervalMs: 1, startSpreadMs: 0 }] },
    });
    onTestFinished(() => upstream.close());
    await vi.waitUntil(() => (upstream.stats().endpoints[0]?.checks[0]?.probes ?? 0) >= 300, { timeout: 20_000 });
    expect(upstream.stats().endpoints[0]?.checks[0]).toMatchObject({ failures: 0, verdict: 'healthy' });
    await upstream.close();
    await vi.waitUntil(() => open === 0);
    // One at a time; the one before may still be on its way out.
    expect(mostOpen).toBeLessThan(10);
  });

  test('stops when it is closed, in the middle of a probe too', async () => {
    const origin = await startScriptedOrigin();
    const upstream = createUpstream({
      endpoints: [origin.url],
      health: { checks: [{ probe: httpProbe(), startSpreadMs: 0 }] },
    });
    const log = await origin.accept();
    await log.until(/^GET \/ /);
    await upstream.close();
    await log.untilClosed();
    expect(upstream.stats().endpoints[0]?.checks[0]?.probes).toBe(0);
  });
});
