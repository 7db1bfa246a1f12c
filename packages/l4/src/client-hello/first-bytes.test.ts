import { createAbortScope, createManualClock, OptionsError, resolveOptions } from '@sluice/core';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { duplexPair, type Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { MutableClientConnection } from '../tcp/client-connection.ts';
import { clientHello, helloMessage, records, serverNameExtension } from './contract/hello-writer.ts';
import { firstBytesDefaults, readFirstBytesOptions, type FirstBytesSettings } from './first-bytes-options.ts';
import { inspectFirstBytes } from './first-bytes.ts';

const hello = clientHello(serverNameExtension('a.example'));

function readOptions(options: object, needs = { sniff: false, clientHello: false }): FirstBytesSettings {
  return resolveOptions(options, 'options', (reader) => readFirstBytesOptions(reader, needs));
}

function open(options: object): {
  readonly client: Duplex;
  readonly stream: Duplex;
  readonly connection: MutableClientConnection;
  readonly clock: ReturnType<typeof createManualClock>;
  readonly scope: ReturnType<typeof createAbortScope>;
  readonly run: () => Promise<Socket>;
} {
  const [client, stream] = duplexPair();
  client.on('error', () => {});
  stream.on('error', () => {});
  const clock = createManualClock();
  const scope = createAbortScope();
  const connection = {} as MutableClientConnection;
  const prelude = inspectFirstBytes({ ...options, clock });
  return { client, stream, connection, clock, scope, run: async () => prelude(stream as Socket, connection, scope) };
}

async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

describe('reading a ClientHello', () => {
  test('notes what it says, and leaves every byte to the next reader', async () => {
    const { client, stream, connection, clock, run } = open({ clientHello: true });
    const done = run();
    for (const byte of hello) {
      client.write(Buffer.of(byte));
      await nextTurn();
    }
    client.end('more');
    expect(await done).toBe(stream);
    expect(connection).toMatchObject({ protocol: 'tls', clientHello: { serverName: 'a.example' } });
    expect(clock.pendingTimers).toBe(0);
    expect(await readAll(stream)).toEqual(Buffer.concat([hello, Buffer.from('more')]));
  });

  test.each([
    ['not-tls', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['malformed', records(helloMessage({ compressionMethods: Buffer.alloc(0) }))],
    ['too-large', records(helloMessage(), [10, 20, 30, 40, 50])],
  ])('refuses %s', async (fault, bytes) => {
    const { client, run } = open({ clientHello: { maxHelloBytes: 100 } });
    client.write(bytes);
    await expect(run()).rejects.toMatchObject({
      code: 'SLUICE_CLIENT_HELLO_INVALID',
      fault,
      source: 'downstream',
      stage: 'accept',
    });
  });

  test.each([
    ['a slow one', hello.subarray(0, -1)],
    ['none', Buffer.alloc(0)],
  ])('refuses %s when its time is over', async (_what, bytes) => {
    const { client, clock, run } = open({ clientHello: { helloTimeoutMs: 500 } });
    client.write(bytes);
    const done = run();
    await nextTurn();
    clock.advance(500);
    await expect(done).rejects.toMatchObject({ fault: 'late', message: 'the ClientHello was not there within 500 ms' });
  });

  test('waits as long as it takes without a limit', async () => {
    const { client, clock, connection, run } = open({ clientHello: { helloTimeoutMs: false } });
    const done = run();
    clock.advance(3_600_000);
    expect(clock.pendingTimers).toBe(0);
    client.write(hello);
    await done;
    expect(connection.clientHello?.serverName).toBe('a.example');
  });

  test('refuses one that ends in the middle; a client that ends at once has just left', async () => {
    const cut = open({ clientHello: true });
    cut.client.end(hello.subarray(0, 20));
    await expect(cut.run()).rejects.toMatchObject({ code: 'SLUICE_CLIENT_HELLO_INVALID', fault: 'cut' });
    const left = open({ clientHello: true });
    left.client.end();
    await expect(left.run()).rejects.toMatchObject({ code: 'SLUICE_CLIENT_LEFT' });
  });

  test('gives up when the connection is closed, and when it is cancelled', async () => {
    const closed = open({ clientHello: true });
    const left = closed.run();
    closed.client.write(hello.subarray(0, 20));
    await nextTurn();
    closed.stream.destroy();
    await expect(left).rejects.toMatchObject({ code: 'SLUICE_CLIENT_LEFT' });
    const cancelled = open({ clientHello: true });
    const stopped = cancelled.run();
    cancelled.scope.abort('stop');
    await expect(stopped).rejects.toBe('stop');
    expect([closed.clock.pendingTimers, cancelled.clock.pendingTimers]).toEqual([0, 0]);
  });
});

describe('telling the protocol', () => {
  test('notes it, and leaves every byte to the next reader', async () => {
    const { client, stream, connection, run } = open({ sniff: true });
    client.end('SSH-2.0-x\r\n');
    await run();
    expect(connection.protocol).toBe('ssh');
    expect(String(await readAll(stream))).toBe('SSH-2.0-x\r\n');
  });

  test('a client that says nothing for a while has no protocol', async () => {
    const { connection, clock, run } = open({ sniff: { silenceMs: 200 } });
    connection.protocol = 'tls';
    const done = run();
    clock.advance(199);
    expect(connection.protocol).toBe('tls');
    clock.advance(1);
    await done;
    expect(connection.protocol).toBeUndefined();
  });

  test('a client that ends without a word has none either, and can still be answered', async () => {
    const { client, stream, connection, run } = open({ sniff: true });
    client.end();
    await run();
    expect(connection.protocol).toBeUndefined();
    expect(stream.writable).toBe(true);
  });

  test.each(['timeout', 'end'])('a few bytes that could become anything are unknown at the %s', async (ending) => {
    const { client, stream, connection, clock, run } = open({ sniff: true });
    client.write('SS');
    const done = run();
    await nextTurn();
    if (ending === 'end') client.end();
    else clock.advance(firstBytesDefaults.silenceMs);
    await done;
    expect(connection.protocol).toBe('unknown');
    client.end();
    expect(String(await readAll(stream))).toBe('SS');
  });

  test('reads the ClientHello of TLS, and of nothing else, when both are asked for', async () => {
    const tls = open({ sniff: true, clientHello: true });
    tls.client.write(hello);
    await tls.run();
    expect(tls.connection).toMatchObject({ protocol: 'tls', clientHello: { serverName: 'a.example' } });
    const http = open({ sniff: true, clientHello: true });
    http.client.write('GET / HTTP/1.1\r\n\r\n');
    await http.run();
    expect(http.connection).toEqual({ protocol: 'http1' });
  });
});

test('where TLS has ended, no ClientHello is looked for', async () => {
  const { client, connection, run } = open({ clientHello: true });
  connection.tls = { serverName: 'a.example' } as never;
  client.write('GET / HTTP/1.1\r\n\r\n');
  await run();
  expect(connection.clientHello).toBeUndefined();
});

describe('options', () => {
  test('are off, unless a route needs them', () => {
    const { maxHelloBytes, helloTimeoutMs, silenceMs } = firstBytesDefaults;
    const all = { sniff: { silenceMs }, clientHello: { maxHelloBytes, helloTimeoutMs } };
    expect(readOptions({})).toEqual({ sniff: undefined, clientHello: undefined });
    expect(readOptions({ sniff: false, clientHello: false })).toEqual({ sniff: undefined, clientHello: undefined });
    expect(readOptions({ sniff: true, clientHello: true })).toEqual(all);
    expect(readOptions({}, { sniff: true, clientHello: true })).toEqual(all);
  });

  test('of a prelude: at least one is on, and it says which', () => {
    expect(() => inspectFirstBytes({ sniff: false })).toThrow('sniff must be on, or clientHello');
    expect(() => inspectFirstBytes({ sniff: true, clock: 7 as never })).toThrow(OptionsError);
    expect(inspectFirstBytes({ sniff: true }).notes).toEqual({ sniff: true, clientHello: false });
    expect(inspectFirstBytes({ clientHello: {} }).notes).toEqual({ sniff: false, clientHello: true });
  });

  test('can not be off when a route needs them', () => {
    expect(() => readOptions({ sniff: false }, { sniff: true, clientHello: false })).toThrow(
      'sniff must not be false: the route chooses by it',
    );
  });

  test.each([
    [{ sniff: 3 }, 'sniff must be an object'],
    [{ sniff: { silenceMs: false } }, 'sniff.silenceMs must be an integer'],
    [{ clientHello: { maxHelloBytes: 10 } }, 'clientHello.maxHelloBytes must be an integer >= 64'],
    [{ clientHello: { timeoutMs: 10 } }, 'clientHello.timeoutMs is unknown'],
  ])('refuses %j', (options, message) => {
    expect(() => readOptions(options)).toThrow(OptionsError);
    expect(() => readOptions(options)).toThrow(message);
  });
});
