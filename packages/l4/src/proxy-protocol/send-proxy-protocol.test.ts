import { resolveOptions } from '@sluice/core';
import { describe, expect, test } from 'vitest';
import type { ProxiedClient } from './describe-client.ts';
import { parseProxyHeader } from './parse-proxy-header.ts';
import type { ProxyHeader } from './proxy-header.ts';
import { readSendProxyProtocol } from './send-proxy-protocol.ts';

const client: ProxiedClient = {
  remoteAddress: '192.0.2.1',
  remotePort: 50_000,
  localAddress: '192.0.2.9',
  localPort: 443,
  clientHello: { serverName: 'a.example', alpnProtocols: [], tlsVersions: [], hasEch: false },
};

/** The bytes that the option makes of a client. */
function send(sendProxyProtocol: unknown, protocol: 'stream' | 'datagram' = 'stream'): Buffer | undefined {
  const write = resolveOptions({ sendProxyProtocol }, 'test', (reader) =>
    readSendProxyProtocol(reader, 'sendProxyProtocol', protocol),
  );
  return write?.(client);
}

function sent(option: unknown, protocol?: 'stream' | 'datagram'): ProxyHeader | undefined {
  return parseProxyHeader(send(option, protocol) ?? Buffer.of())?.header;
}

describe('a header', () => {
  test('is not sent unless asked for', () => {
    expect(send(undefined)).toBeUndefined();
    expect(send(false)).toBeUndefined();
  });

  test('is one of version 2, or a line', () => {
    expect(sent({})).toMatchObject({ version: 2, transport: 'tcp4', source: { address: '192.0.2.1', port: 50_000 } });
    expect(sent(2)).toEqual(sent({}));
    expect(send(1)?.toString()).toBe('PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n');
  });

  test('of a datagram is one of UDP', () => {
    expect(sent(2, 'datagram')).toMatchObject({ transport: 'udp4' });
    expect(send(1, 'datagram')?.toString()).toBe('PROXY UNKNOWN\r\n');
  });

  test('tells what it is asked to tell, and nothing else', () => {
    expect(sent({})?.authority).toBeUndefined();
    expect(sent({ authority: true, alpn: true, tls: true })).toMatchObject({
      authority: 'a.example',
      alpn: undefined,
      tls: undefined,
    });
    expect(send({ checksum: true })?.subarray(28, 31)).toEqual(Buffer.of(3, 0, 4));
  });

  test('has values of your own, which go before ours', () => {
    const values = ({ remotePort }: ProxiedClient): object => ({
      uniqueId: Buffer.from(`id ${remotePort}`),
      authority: 'b.example',
      others: [{ type: 0xe1, value: Buffer.from('own') }],
    });
    expect(sent({ authority: true, values })).toMatchObject({
      authority: 'b.example',
      uniqueId: Buffer.from('id 50000'),
      others: [{ type: 0xe1, value: Buffer.from('own') }],
    });
  });

  test('that can not be written is an error that says why', () => {
    expect(() => send({ values: () => ({ uniqueId: Buffer.alloc(129) }) })).toThrow(/uniqueId must be at most 128/);
  });
});

test('reports wrong options', () => {
  expect(() => send(3)).toThrow(/sendProxyProtocol.version must be an integer from 1 to 2/);
  expect(() => send(true)).toThrow(/sendProxyProtocol must be an object/);
  expect(() => send({ version: 1, checksum: true, tls: true, alpn: false, values: () => ({}) })).toThrow(
    /checksum needs version 2.*tls needs version 2.*values needs version 2/,
  );
  expect(() => send({ autority: true })).toThrow(/did you mean authority/);
});
