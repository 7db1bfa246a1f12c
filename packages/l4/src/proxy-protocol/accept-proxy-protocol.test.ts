import { createAbortScope, createManualClock, type ManualClock, type OwnedAbortScope } from '@sluice/core';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { duplexPair, type Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createClientConnection, type ClientConnection } from '../tcp/client-connection.ts';
import type { AcceptProxyProtocolOptions } from './accept-options.ts';
import { acceptProxyProtocol } from './accept-proxy-protocol.ts';
import { formatProxyHeader } from './format-proxy-header.ts';
import type { ProxyHeader } from './proxy-header.ts';

const line = 'PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n';

interface Accepted {
  readonly client: Duplex;
  readonly stream: Duplex;
  readonly clock: ManualClock;
  readonly scope: OwnedAbortScope;
  /** The outcome of the prelude. */
  readonly outcome: Promise<ClientConnection>;
}

/** A connection from 10.0.0.1, with the prelude at work. */
function accept(options: Partial<AcceptProxyProtocolOptions> = {}): Accepted {
  const [client, stream] = duplexPair();
  client.on('error', () => {});
  stream.on('error', () => {});
  const socket = Object.assign(stream, {
    remoteAddress: '10.0.0.1',
    remotePort: 1111,
    localAddress: '10.0.0.2',
    localPort: 80,
  }) as unknown as Socket;
  const clock = createManualClock();
  const prelude = acceptProxyProtocol({ trustedSenders: ['10.0.0.0/8'], clock, ...options });
  const scope = createAbortScope();
  const connection = createClientConnection(socket);
  const outcome = Promise.resolve(prelude(socket, connection, scope)).then((returned) => {
    expect(returned).toBe(socket);
    return connection;
  });
  outcome.catch(() => {});
  return { client, stream, clock, scope, outcome };
}

async function readAll(stream: Duplex): Promise<string> {
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).resume();
  await once(stream, 'end');
  return text;
}

const others = { trustedSenders: ['192.0.2.0/24'] };
const refused = (fault: string): object => ({ code: 'SLUICE_PROXY_HEADER_INVALID', fault });

describe('a required header', () => {
  test('names the client, and is gone for whoever reads on', async () => {
    const { client, stream, clock, outcome } = accept();
    client.end(`${line}hello`);
    expect(await outcome).toMatchObject({
      remoteAddress: '192.0.2.1',
      remotePort: 50_000,
      localAddress: '192.0.2.9',
      localPort: 443,
      proxyHeader: { version: 1 },
    });
    expect(clock.pendingTimers).toBe(0);
    expect(await readAll(stream)).toBe('hello');
  });

  test.each<[string, ProxyHeader]>([
    ['UNKNOWN', { version: 1, command: 'proxy', transport: 'unknown', source: undefined, destination: undefined }],
    ['LOCAL', { version: 2, command: 'local', transport: 'unknown', source: undefined, destination: undefined }],
  ])('that names nobody leaves the connection as it is: %s', async (_name, header) => {
    const { client, outcome } = accept();
    client.write(formatProxyHeader(header));
    expect(await outcome).toMatchObject({
      remoteAddress: '10.0.0.1',
      remotePort: 1111,
      localPort: 80,
      proxyHeader: header,
    });
  });

  test('of a client on a Unix socket leaves no address', async () => {
    const { client, outcome } = accept();
    const [source, destination] = [
      { address: '', port: 0 },
      { address: '/run/app.sock', port: 0 },
    ] as const;
    const header = { version: 2, command: 'proxy', transport: 'unix-stream', source, destination } as const;
    client.write(formatProxyHeader(header));
    const unix = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0 };
    expect(await outcome).toMatchObject({ ...unix, proxyHeader: header });
  });

  test('is refused from a sender that is not trusted, before anything is read', async () => {
    const { client, outcome, clock } = accept(others);
    client.write(line);
    await expect(outcome).rejects.toMatchObject(refused('untrusted'));
    expect(clock.pendingTimers).toBe(0);
  });

  test('is missed when something else comes', async () => {
    const { client, outcome } = accept();
    client.write('GET / HTTP/1.1\r\n');
    await expect(outcome).rejects.toMatchObject(refused('missing'));
  });

  test('is late when it is not whole in time', async () => {
    const { client, clock, outcome } = accept({ headerTimeoutMs: 100 });
    client.write(line.slice(0, -1));
    clock.advance(100);
    await expect(outcome).rejects.toMatchObject(refused('late'));
  });

  test('is cut when the connection ends within it', async () => {
    const { client, outcome } = accept();
    client.end(line.slice(0, -1));
    await expect(outcome).rejects.toMatchObject(refused('cut'));
  });

  test('is not missed when the connection ends at once: somebody asked whether the port is open', async () => {
    const { client, outcome } = accept();
    client.end();
    await expect(outcome).rejects.toMatchObject({ code: 'SLUICE_CLIENT_LEFT' });
  });

  test('is not waited for when the proxy gives up', async () => {
    const { clock, scope, outcome } = accept();
    scope.abort(new Error('enough'));
    await expect(outcome).rejects.toThrow('enough');
    expect(clock.pendingTimers).toBe(0);
  });

  test('is not longer than its limit', async () => {
    const { client, outcome } = accept({ maxHeaderBytes: 300 });
    const header = Buffer.alloc(16);
    header.write('\r\n\r\n\0\r\nQUIT\n\x21\x11', 'latin1');
    header.writeUInt16BE(300 - 15, 14);
    client.write(header);
    await expect(outcome).rejects.toMatchObject(refused('length'));
  });
});

describe('an optional header', () => {
  const mode = 'optional';

  test.each(['GET / HTTP/1.1\r\n', 'PRI * HTTP/2.0\r\n', '\r\nGET / HTTP/1.1\r\n', '\x16\x03\x01'])(
    'is not needed: %j is left for whoever reads on',
    async (text) => {
      for (const options of [{ mode }, { mode, ...others }] as const) {
        const { client, stream, outcome } = accept(options);
        client.end(text, 'latin1');
        expect(await outcome).toMatchObject({ remoteAddress: '10.0.0.1', proxyHeader: undefined });
        expect(await readAll(stream)).toBe(text);
      }
    },
  );

  test('is believed from a trusted sender', async () => {
    const { client, outcome } = accept({ mode });
    client.write(line);
    expect(await outcome).toMatchObject({ remoteAddress: '192.0.2.1' });
  });

  test('is refused from anybody else, malformed or not', async () => {
    for (const text of [line, 'PROXY nonsense', '\r\n\r\n\0\r\nQUIT\n']) {
      const { client, outcome } = accept({ mode, ...others });
      for (const byte of text) client.write(byte, 'latin1');
      await expect(outcome).rejects.toMatchObject(refused('untrusted'));
    }
  });

  test('is refused when it is malformed', async () => {
    const { client, outcome } = accept({ mode });
    client.write('PROXY nonsense\r\n');
    await expect(outcome).rejects.toMatchObject(refused('transport'));
  });

  test('does not come behind a silence', async () => {
    for (const options of [{ mode }, { mode, ...others }] as const) {
      const { clock, outcome } = accept(options);
      clock.advance(5_000);
      await expect(outcome).rejects.toMatchObject(refused('late'));
    }
  });

  test('is none when the connection ends within the signature, and is cut behind it', async () => {
    const short = accept({ mode });
    short.client.end('PROXY');
    await expect(short.outcome).resolves.toMatchObject({ proxyHeader: undefined });
    expect(await readAll(short.stream)).toBe('PROXY');
    const longer = accept({ mode });
    longer.client.end('PROXY TCP4');
    await expect(longer.outcome).rejects.toMatchObject(refused('cut'));
  });
});
