// Attack: a client writes the PROXY header itself, or one that is slow, endless, damaged, or stands behind another one.
// Impact: it chooses the address under which it is limited, denied, hashed and logged; or it holds connections and memory for nothing.
// Guard: only trusted senders are believed, and a header from anybody else is not even passed on as data. One strict reading or none, within
// bytes and time. What stands behind the header is the client's data, whatever it looks like.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { createManualClock } from '@sluice/core';
import { acceptProxyProtocol, formatProxyHeader, parseProxyHeader, type AcceptProxyProtocolOptions } from '@sluice/l4';
import { createProxy } from '@sluice/http';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { logBytes } from '../support/byte-log.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectInVain, connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startRawServer, type RawServer } from '../support/raw-server.ts';
import { startTcpProxy, type StartedTcpProxy, type StartedTcpProxyOptions } from '../support/tcp-proxy.ts';

beforeEach(expectNoResourcesLeft);

const line = 'PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n';
const ends = { source: { address: '192.0.2.1', port: 50_000 }, destination: { address: '192.0.2.9', port: 443 } };
const header = formatProxyHeader({ version: 2, command: 'proxy', transport: 'tcp4', ...ends }, { checksum: true });
/** Loopback is nobody then. */
const strangers = { trustedSenders: ['10.0.0.0/8'] };

interface Setup extends StartedTcpProxy {
  readonly endpoint: RawServer;
}

async function start(
  accepted: Partial<AcceptProxyProtocolOptions> = {},
  options: Partial<StartedTcpProxyOptions> = {},
): Promise<Setup> {
  const endpoint = await startRawServer();
  const preludes = [acceptProxyProtocol({ trustedSenders: ['loopback'], ...accepted })];
  return { endpoint, ...(await startTcpProxy({ to: `127.0.0.1:${endpoint.port}`, preludes, ...options })) };
}

/** Sends bytes and waits until the connection is closed. Nothing may have come back, and no endpoint been asked. */
async function expectRefused(
  { port, refused, endpoint }: Setup,
  fault: string,
  bytes: string | Uint8Array,
): Promise<void> {
  const refusedBefore = refused.length;
  // It may be refused before it hears that it was connected.
  const client = connectInVain(port);
  client.send(bytes);
  expect(await client.untilClosed()).toBe('');
  await vi.waitUntil(() => refused.length > refusedBefore, { interval: 5 });
  expect(refused.at(-1)).toMatchObject({ error: { code: 'SLUICE_PROXY_HEADER_INVALID', fault } });
  expect(endpoint.waiting).toBe(0);
}

describe('a header of somebody who is not trusted', () => {
  test.each(['required', 'optional'] as const)('closes the connection, when it is %s', async (mode) => {
    const setup = await start({ mode, ...strangers });
    for (const bytes of [line, header, Buffer.concat([header, Buffer.from('hello')])]) {
      await expectRefused(setup, 'untrusted', bytes);
    }
  });

  test('closes the connection when it comes byte by byte', async () => {
    const { port, refused, endpoint } = await start({ mode: 'optional', ...strangers });
    const client = await connectRaw(port);
    for (const byte of 'PROXY ') {
      client.send(byte);
      await nextTurn();
    }
    expect(await client.untilClosed()).toBe('');
    expect(refused).toMatchObject([{ error: { fault: 'untrusted' } }]);
    expect(endpoint.waiting).toBe(0);
  });

  test('can not be held back until nobody looks for it any more', async () => {
    const clock = createManualClock();
    const { port, refused, endpoint, proxy } = await start({ mode: 'optional', clock, ...strangers });
    const client = await connectRaw(port);
    await vi.waitUntil(() => proxy.stats().connectionsOpen === 1, { interval: 5 });
    await vi.waitUntil(() => clock.pendingTimers === 1, { interval: 5 });
    clock.advance(5_000);
    await client.untilClosed();
    expect(refused).toMatchObject([{ error: { fault: 'late' } }]);
    expect(endpoint.waiting).toBe(0);
  });

  test('does not change who is counted', async () => {
    const { port, refused, proxy } = await start(
      { mode: 'optional', ...strangers },
      { limits: { maxConnectionsPerAddress: 1 } },
    );
    const first = await connectRaw(port);
    first.send('hello');
    await vi.waitUntil(() => proxy.stats().sessionsOpen === 1, { interval: 5 });
    const second = connectInVain(port);
    second.send(line);
    expect(await second.untilClosed()).toBe('');
    expect(refused).toMatchObject([{ error: { code: 'SLUICE_CONNECTIONS_PER_ADDRESS' } }]);
  });
});

describe('a header of a trusted sender', () => {
  test('is read when it comes byte by byte, and everything behind it arrives', async () => {
    for (const bytes of [Buffer.from(line), header]) {
      const { port, endpoint, proxy } = await start();
      const opened = new Promise((resolve) => proxy.on('session-opened', resolve));
      const client = await connectRaw(port);
      for (const byte of bytes) client.send(Buffer.of(byte));
      client.send('hello');
      await logBytes(await endpoint.accept()).until(/^hello$/);
      expect(await opened).toMatchObject({ connection: { remoteAddress: '192.0.2.1' } });
    }
  });

  test('has until its time is over, however often a byte comes', async () => {
    const clock = createManualClock();
    const { port, refused, endpoint } = await start({ clock, headerTimeoutMs: 1_000 });
    const client = await connectRaw(port);
    await vi.waitUntil(() => clock.pendingTimers === 1, { interval: 5 });
    for (const byte of 'PROXY TCP') {
      client.send(byte);
      clock.advance(100);
    }
    clock.advance(100);
    await client.untilClosed();
    expect(refused).toMatchObject([{ error: { fault: 'late' } }]);
    expect(clock.pendingTimers).toBe(0);
    expect(endpoint.waiting).toBe(0);
  });

  test('is refused by its length alone when that is giant, before the bytes come', async () => {
    const setup = await start();
    const giant = Buffer.from(header.subarray(0, 16));
    giant.writeUInt16BE(0xffff, 14);
    await expectRefused(setup, 'length', giant);
    await expectRefused(setup, 'line', `PROXY UNKNOWN ${'x'.repeat(100_000)}`);
  });

  test('is refused when a bit of it has changed under its checksum', async () => {
    const setup = await start();
    for (const at of [16, 21, 25, 27, header.length - 1]) {
      const damaged = Buffer.from(header);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      await expectRefused(setup, 'checksum', damaged);
    }
  });

  test.each([
    ['LF instead of CR LF', 'line', line.replace('\r\n', '\nGET / HTTP/1.1\r\n')],
    ['an octal address', 'address', line.replace('192.0.2.1', '0300.0.2.1')],
    ['an address of the other family', 'address', line.replace('192.0.2.1', '::1')],
    ['a name', 'address', line.replace('192.0.2.1', 'localhost')],
    ['a port beyond the last', 'port', line.replace('50000', '65536')],
    ['a tab between fields', 'line', line.replace('TCP4 ', 'TCP4\t')],
    ['nothing in front of the data', 'missing', 'GET / HTTP/1.1\r\n'],
  ])('is refused with %s', async (_what, fault, bytes) => {
    const setup = await start();
    await expectRefused(setup, fault, bytes);
    expect(setup.proxy.stats().connectionsRefused).toEqual({ SLUICE_PROXY_HEADER_INVALID: 1 });
  });

  test('goes before one that the client wrote: that one is data, behind the header that we write', async () => {
    const { port, endpoint, proxy } = await start({}, { sendProxyProtocol: 2 });
    const opened = new Promise((resolve) => proxy.on('session-opened', resolve));
    const client = await connectRaw(port);
    const forged = line.replace('192.0.2.1', '10.0.0.1');
    client.socket.end(`${line}${forged}hello`);
    const socket = await endpoint.accept();
    const served = logBytes(socket);
    const received = Buffer.from(await served.untilClosed(), 'latin1');
    socket.end();
    expect(await opened).toMatchObject({ connection: { remoteAddress: '192.0.2.1' } });
    const parsed = parseProxyHeader(received);
    expect(parsed?.header.source?.address).toBe('192.0.2.1');
    expect(received.toString('latin1', parsed?.bytesRead)).toBe(`${forged}hello`);
  });
});

describe.each(['wire', 'node'] as const)('the HTTP listener on front %s', (front) => {
  async function listen(accepted: Partial<AcceptProxyProtocolOptions>) {
    const origin = await startHttpOrigin((req, res) => res.end(`<${String(req.headers['x-forwarded-for'])}>`));
    const proxy = createProxy({ to: origin.url });
    onTestFinished(() => proxy.close());
    const preludes = [acceptProxyProtocol({ trustedSenders: ['loopback'], ...accepted })];
    return proxy.listen({ front, preludes });
  }
  const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

  test('closes connections of strangers that begin with a header', async () => {
    const { port, stats } = await listen({ mode: 'optional', ...strangers });
    expect(await exchangeRaw(port, `${line}${get}`)).toBe('');
    expect(stats().requestsRefused).toEqual({ SLUICE_PROXY_HEADER_INVALID: 1 });
    expect(await exchangeRaw(port, get)).toContain('<127.0.0.1>');
  });

  test('refuses a second header as what it is there: no request', async () => {
    const { port } = await listen({});
    const forged = line.replace('192.0.2.1', '10.0.0.1');
    expect(await exchangeRaw(port, `${line}${forged}${get}`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await exchangeRaw(port, Buffer.concat([Buffer.from(line), header, Buffer.from(get)]))).toMatch(
      /^HTTP\/1\.1 400 /,
    );
  });

  test('gives a slow header its time and no more', async () => {
    const clock = createManualClock();
    const { port, stats } = await listen({ clock });
    const client = await connectRaw(port);
    client.send('PROXY TCP4');
    await vi.waitUntil(() => clock.pendingTimers === 1, { interval: 5 });
    clock.advance(5_000);
    expect(await client.untilClosed()).toBe('');
    expect(stats().requestsRefused).toEqual({ SLUICE_PROXY_HEADER_INVALID: 1 });
  });
});
