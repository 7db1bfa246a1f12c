// Attack: a ClientHello that two readers understand differently, or that never comes to an end.
// Impact: the proxy routes by one name and the endpoint serves another, behind whatever the first name was let through for; or the proxy's
// memory and connections are used up by clients that cost nothing to run.
// Guard: one strict reading or none. Nothing is dialled before the hello is whole, and its bytes and its time are limited.

import { duplexPair } from 'node:stream';
import { connect } from 'node:tls';
import { sniRoutes } from '@sluice/l4';
import { createUpstream } from '@sluice/core';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startRawServer } from '../support/raw-server.ts';
import { startTcpProxy, type StartedTcpProxy } from '../support/tcp-proxy.ts';

beforeEach(expectNoResourcesLeft);

/** What node's client sends first. */
async function realHello(): Promise<Buffer> {
  const [wire, transport] = duplexPair();
  const client = connect({ socket: transport, servername: 'a.example' }).on('error', () => {});
  const hello = await new Promise<Buffer>((resolve) => void wire.once('data', resolve));
  client.destroy();
  wire.destroy();
  return hello;
}

const hello = await realHello();
const messageAt = 5;
const nameAt = hello.indexOf('a.example');

/** A copy with other bytes at some place. */
function patch(at: number, bytes: Uint8Array | string): Buffer {
  const copy = Buffer.from(hello);
  copy.set(Buffer.from(bytes as Uint8Array), at);
  return copy;
}

/** The hello with another extension behind its own, and all lengths right. */
function extend(...extension: readonly number[]): Buffer {
  const longer = Buffer.concat([hello, Buffer.from(extension)]);
  const add = (at: number): number => longer.writeUInt16BE(longer.readUInt16BE(at) + extension.length, at);
  add(3);
  add(messageAt + 2);
  const sessionIdAt = messageAt + 4 + 2 + 32;
  const suitesAt = sessionIdAt + 1 + (hello[sessionIdAt] ?? 0);
  const methodsAt = suitesAt + 2 + hello.readUInt16BE(suitesAt);
  add(methodsAt + 1 + (hello[methodsAt] ?? 0));
  return longer;
}

/** A hello in records of so many bytes. */
function split(size: number, whole: Buffer = hello): Buffer {
  const message = whole.subarray(messageAt);
  const pieces: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const piece = message.subarray(at, at + size);
    pieces.push(Buffer.of(22, 3, 1, piece.length >> 8, piece.length & 0xff), piece);
  }
  return Buffer.concat(pieces);
}

const half = Buffer.concat([Buffer.of(22, 3, 1, 0, 20), hello.subarray(messageAt, messageAt + 20)]);

const battery: readonly (readonly [what: string, fault: string, bytes: Uint8Array])[] = [
  ['another protocol', 'not-tls', Buffer.from('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n')],
  ['zeros', 'not-tls', Buffer.alloc(64)],
  ['an alert', 'not-tls', Buffer.of(21, 3, 1, 0, 2, 1, 0)],
  ['application data', 'not-tls', patch(0, Buffer.of(23))],
  ['another major version', 'not-tls', patch(1, Buffer.of(2))],
  ['an empty record', 'not-tls', Buffer.of(22, 3, 1, 0, 0)],
  ['a record that claims too much', 'not-tls', patch(3, Buffer.of(0x40, 0x01))],
  ['SSL 2.0', 'sslv2', Buffer.of(0x80, 0x2e, 1, 3, 1, 0, 21, 0, 0, 0, 16)],
  ['a ServerHello', 'not-a-hello', patch(messageAt, Buffer.of(2))],
  ['a message that claims 16 MiB', 'too-large', patch(messageAt + 1, Buffer.of(255, 255, 255))],
  ['a message that claims less than its record', 'malformed', patch(messageAt + 2, Buffer.of(0))],
  ['an alert between its records', 'malformed', Buffer.concat([half, Buffer.of(21, 3, 1, 0, 2, 1, 0)])],
  ['an empty record between its records', 'malformed', Buffer.concat([half, Buffer.of(22, 3, 1, 0, 0)])],
  ['a name with a NUL', 'server-name', patch(nameAt + 1, Buffer.of(0))],
  ['a name with a line break', 'server-name', patch(nameAt + 1, '\n')],
  ['a name with an empty label', 'server-name', patch(nameAt, '..')],
  ['a name that is longer than its list', 'malformed', patch(nameAt - 2, Buffer.of(1, 0))],
  ['a second name', 'repeated', extend(0, 0, 0, 6, 0, 4, 0, 0, 1, 98)],
  ['two lists of protocols', 'repeated', extend(0, 16, 0, 4, 0, 2, 1, 97, 0, 16, 0, 4, 0, 2, 1, 98)],
  ['an empty list of protocols', 'malformed', extend(0, 16, 0, 2, 0, 0)],
  ['an extension that claims too much', 'malformed', extend(0, 99, 0, 5, 1)],
  [
    'more than 16 KiB of tiny records',
    'too-large',
    split(1, extend(0, 21, 8, 0, ...Array.from({ length: 2_048 }, () => 0))),
  ],
];

async function start(
  options: { readonly helloTimeoutMs?: number } = {},
): Promise<StartedTcpProxy & { dialled(): number }> {
  const origin = await startRawServer();
  const upstream = createUpstream({ endpoints: [`127.0.0.1:${origin.port}`] });
  onTestFinished(() => upstream.close());
  const started = await startTcpProxy({ route: sniRoutes({}, { default: upstream }), clientHello: options });
  return { ...started, dialled: () => upstream.stats().endpoints[0]?.acquired ?? 0 };
}

describe('a ClientHello', () => {
  test.each(battery)('with %s is closed, and counted as %s', async (_what, fault, bytes) => {
    const { proxy, port, dialled } = await start();
    const client = await connectRaw(port);
    client.send(bytes);
    expect(await client.untilClosed()).toBe('');
    await vi.waitUntil(() => proxy.stats().connectionsOpen === 0);
    expect(proxy.stats().faults).toEqual({ SLUICE_CLIENT_HELLO_INVALID: { [fault]: 1 } });
    expect(dialled()).toBe(0);
  });

  test('that is none of these goes through, in as many records as it likes', async () => {
    const { proxy, port } = await start();
    for (const bytes of [hello, extend(0, 99, 0, 1, 1), split(100), split(3)]) {
      const client = await connectRaw(port);
      client.send(bytes);
      await vi.waitUntil(() => proxy.stats().sessionsOpen === 1);
      client.socket.resetAndDestroy();
      await vi.waitUntil(() => proxy.stats().connectionsOpen === 0);
    }
    expect(proxy.stats().connectionsRefused).toEqual({});
  });
});

test('clients that never finish their hello are closed, all of them, and no endpoint hears of them', async () => {
  const { proxy, port, dialled } = await start({ helloTimeoutMs: 50 });
  const clients = await Promise.all(Array.from({ length: 100 }, () => connectRaw(port)));
  for (const [index, client] of clients.entries()) client.send(hello.subarray(0, index % hello.length));
  await Promise.all(clients.map((client) => client.untilClosed()));
  await vi.waitUntil(() => proxy.stats().connectionsOpen === 0);
  expect(proxy.stats().faults).toEqual({ SLUICE_CLIENT_HELLO_INVALID: { late: 100 } });
  expect(dialled()).toBe(0);
});
