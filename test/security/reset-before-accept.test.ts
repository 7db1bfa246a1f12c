// Attack: a client connects, sends its bytes and resets the connection, all before the server has accepted it. The system hands over the
// connection with its bytes, and does not know any more whose it was. Without an address it looks like one that came through a Unix socket.
// Impact: who is denied gets bytes to an endpoint all the same (Redis and its like need no answer to do harm); a forged PROXY header or
// X-Forwarded-For is believed where Unix sockets are trusted; limits per address count nobody.
// Guard: a connection that has an own address and no other side's is over, and is closed unread.

import { Worker } from 'node:worker_threads';
import { createProxy } from '@sluice/http';
import { acceptProxyProtocol } from '@sluice/l4';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startHttpOrigin } from '../support/http-origin.ts';
import { startRawServer } from '../support/raw-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** The client, in a thread of its own: this one must stand still meanwhile, or it would accept. */
const client = `
  const { connect } = require('node:net');
  const { workerData: { port, bytes, done } } = require('node:worker_threads');
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes, () => socket.resetAndDestroy()));
  socket.on('error', () => {}).on('close', () => {
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
  });
`;

/** Sends bytes to a port of this process and resets the connection before this process can accept it. */
async function sendAndReset(port: number, bytes: string): Promise<void> {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(client, { eval: true, workerData: { port, bytes, done } });
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  expect(Atomics.wait(done, 0, 0, 10_000)).not.toBe('timed-out');
  await exited;
}

const line = 'PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n';
const get = 'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.7\r\nConnection: close\r\n\r\n';

describe('a client that resets its connection before it is accepted', () => {
  test('does not get past a list of denied addresses', async () => {
    const endpoint = await startRawServer();
    const { port, proxy, refused } = await startTcpProxy({ to: `127.0.0.1:${endpoint.port}`, deny: ['loopback'] });
    await sendAndReset(port, 'FLUSHALL\r\n');
    await vi.waitUntil(() => refused.length === 1);
    expect(proxy.stats()).toMatchObject({ connectionsRefused: { SLUICE_CLIENT_LEFT: 1 }, connectionsOpen: 0 });
    expect(endpoint.waiting).toBe(0);
  });

  test('is not taken for a proxy on a Unix socket', async () => {
    const endpoint = await startRawServer();
    const { port, refused } = await startTcpProxy({
      to: `127.0.0.1:${endpoint.port}`,
      preludes: [acceptProxyProtocol({ trustedSenders: ['unix'] })],
    });
    await sendAndReset(port, `${line}hello`);
    await vi.waitUntil(() => refused.length === 1);
    expect(refused).toMatchObject([{ error: { code: 'SLUICE_CLIENT_LEFT' } }]);
    expect(endpoint.waiting).toBe(0);
  });

  test.each(['wire', 'node'] as const)('does not pass on what it says about itself, on front %s', async (front) => {
    const claims: unknown[] = [];
    const origin = await startHttpOrigin((req, res) => {
      claims.push(req.headers['x-forwarded-for']);
      res.end();
    });
    const proxy = createProxy({ to: origin.url, trustedProxies: ['unix'] });
    onTestFinished(() => proxy.close());
    const listening = await proxy.listen({ front });
    await sendAndReset(listening.port, get);
    // The request behind it is served, so that one of before it would have been.
    await fetch(`http://127.0.0.1:${listening.port}/`).then((response) => response.text());
    expect(claims.at(-1)).toBe('127.0.0.1');
    expect(claims.join(' ')).not.toContain('203.0.113.7');
  });
});
