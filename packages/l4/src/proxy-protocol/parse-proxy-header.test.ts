import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';
import { formatProxyHeader } from './format-proxy-header.ts';
import { parseProxyHeader } from './parse-proxy-header.ts';
import { ProxyHeaderError, type ProxyHeaderFault } from './proxy-header-error.ts';
import type {
  ParsedProxyHeader,
  ProxyAddress,
  ProxyHeader,
  ProxyTls,
  ProxyTlv,
  ProxyTransport,
} from './proxy-header.ts';
import { normalIPv6 } from './wire-address.ts';

const maxHeaderBytes = 1000;

/** What comes of bytes: a header, the wish for more, or the fault. */
type Reading = ParsedProxyHeader | 'more' | ProxyHeaderFault;

function read(bytes: Buffer): Reading {
  try {
    return parseProxyHeader(bytes, { maxHeaderBytes }) ?? 'more';
  } catch (error) {
    if (error instanceof ProxyHeaderError) return error.fault;
    throw error;
  }
}

const signature = '\r\n\r\n\0\r\nQUIT\n';

/** A header of version 2, from its parts. */
function binary(command: number, transport: number, rest: Uint8Array, length = rest.length): Buffer {
  const head = Buffer.from(`${signature}????`, 'latin1');
  head[12] = command;
  head[13] = transport;
  head.writeUInt16BE(length, 14);
  return Buffer.concat([head, rest]);
}

const ends4 = Buffer.from('c0000201c0000209c35001bb', 'hex');
const tcp4 = (...values: readonly Uint8Array[]): Buffer => binary(0x21, 0x11, Buffer.concat([ends4, ...values]));

function tlv(type: number, value: string | Uint8Array, length = value.length): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  return Buffer.concat([Buffer.of(type, length >> 8, length & 0xff), bytes]);
}

describe('version 1', () => {
  test('reads TCP4, TCP6 and UNKNOWN', () => {
    expect(read(Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\nGET /'))).toEqual({
      header: {
        version: 1,
        command: 'proxy',
        transport: 'tcp4',
        source: { address: '192.0.2.1', port: 50_000 },
        destination: { address: '192.0.2.9', port: 443 },
      },
      bytesRead: 42,
    });
    expect(read(Buffer.from('PROXY TCP6 2001:DB8:0::1 ::ffff:192.0.2.9 0 65535\r\n'))).toMatchObject({
      header: {
        transport: 'tcp6',
        source: { address: '2001:db8::1', port: 0 },
        destination: { address: '::ffff:192.0.2.9', port: 65_535 },
      },
    });
    const unknown = { version: 1, command: 'proxy', transport: 'unknown', source: undefined, destination: undefined };
    for (const rest of ['', ' ', ' ffff::1 ffff::2 65535 65535', ' whatever  it says']) {
      const line = `PROXY UNKNOWN${rest}\r\n`;
      expect(read(Buffer.from(`${line}x`))).toEqual({ header: unknown, bytesRead: line.length });
    }
  });

  test('reads the longest line there is, and none that is longer', () => {
    const longest = `PROXY UNKNOWN ${'x'.repeat(91)}\r\n`;
    expect(longest).toHaveLength(107);
    expect(read(Buffer.from(longest))).toMatchObject({ bytesRead: 107 });
    expect(read(Buffer.from(longest.replace('x', 'xx')))).toBe('line');
    expect(read(Buffer.from(longest.replace('x', 'xx').slice(0, 107)))).toBe('line');
    expect(read(Buffer.from(longest.slice(0, 106)))).toBe('more');
  });

  const line = 'PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\n';
  test.each<[string, ProxyHeaderFault]>([
    ['GET / HTTP/1.1\r\n\r\n', 'missing'],
    ['proxy TCP4 ', 'missing'],
    ['PROXYTCP4', 'missing'],
    ['PROXY\r\n', 'missing'],
    ['PROXY\tTCP4', 'missing'],
    ['\nPROXY TCP4', 'missing'],
    [' PROXY', 'missing'],
    ['\x16\x03\x01', 'missing'],
    ['PROXY \r\n', 'transport'],
    ['PROXY  TCP4 192.0.2.1 192.0.2.9 50000 443\r\n', 'transport'],
    ['PROXY tcp4 192.0.2.1 192.0.2.9 50000 443\r\n', 'transport'],
    ['PROXY UDP4 192.0.2.1 192.0.2.9 50000 443\r\n', 'transport'],
    ['PROXY TCP 192.0.2.1 192.0.2.9 50000 443\r\n', 'transport'],
    ['PROXY UNKNOWNX\r\n', 'transport'],
    ['PROXY TCP4\r\n', 'line'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 50000\r\n', 'line'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 50000 443 \r\n', 'line'],
    ['PROXY TCP4 192.0.2.1  192.0.2.9 50000 443\r\n', 'line'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\n', 'line'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\rGET', 'line'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\r\n', 'line'],
    ['PROXY TCP4 192.0.2.1\t192.0.2.9 50000 443\r\n', 'line'],
    ['PROXY TCP4 192.0.2.1\0 192.0.2.9 50000 443\r\n', 'line'],
    ['PROXY UNKNOWN\nGET / HTTP/1.1\r\n', 'line'],
    ['PROXY UNKNOWN \x80\r\n', 'line'],
    ['PROXY TCP4 192.0.2.01 192.0.2.9 50000 443\r\n', 'address'],
    ['PROXY TCP4 192.0.2 192.0.2.9 50000 443\r\n', 'address'],
    ['PROXY TCP4 192.0.2.256 192.0.2.9 50000 443\r\n', 'address'],
    ['PROXY TCP4 0x7f.0.0.1 192.0.2.9 50000 443\r\n', 'address'],
    ['PROXY TCP4 2130706433 192.0.2.9 50000 443\r\n', 'address'],
    ['PROXY TCP4 ::1 192.0.2.9 50000 443\r\n', 'address'],
    ['PROXY TCP4 192.0.2.1 localhost 50000 443\r\n', 'address'],
    ['PROXY TCP6 192.0.2.1 ::1 50000 443\r\n', 'address'],
    ['PROXY TCP6 fe80::1%eth0 ::1 50000 443\r\n', 'address'],
    ['PROXY TCP6 [::1] ::1 50000 443\r\n', 'address'],
    ['PROXY TCP6 1::2::3 ::1 50000 443\r\n', 'address'],
    ['PROXY TCP6 ::12345 ::1 50000 443\r\n', 'address'],
    ['PROXY TCP6 1:2:3:4:5:6:7 ::1 50000 443\r\n', 'address'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 65536 443\r\n', 'port'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 050 443\r\n', 'port'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 -1 443\r\n', 'port'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 +1 443\r\n', 'port'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 50000 http\r\n', 'port'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 50000 1e3\r\n', 'port'],
    ['PROXY TCP4 192.0.2.1 192.0.2.9 50000 00\r\n', 'port'],
  ])('refuses %j: %s', (text, fault) => {
    expect(read(Buffer.from(text, 'latin1'))).toBe(fault);
    expect(read(Buffer.from(line))).toMatchObject({ header: { transport: 'tcp4' } });
  });
});

describe('version 2', () => {
  const empty = new Uint8Array(0);

  test('reads what HAProxy sends with proxy-v2-options', () => {
    const tls = tlv(0x20, Buffer.concat([Buffer.of(7, 0, 0, 0, 0), tlv(0x21, 'TLSv1.3'), tlv(0x22, 'client')]));
    const bytes = tcp4(
      tlv(0x01, 'h2'),
      tlv(0x02, 'a.example'),
      tlv(0x05, 'id'),
      tls,
      tlv(0xe0, 'own'),
      tlv(0x04, 'pad'),
    );
    expect(read(Buffer.concat([bytes, Buffer.from('GET /')]))).toEqual({
      header: {
        version: 2,
        command: 'proxy',
        transport: 'tcp4',
        source: { address: '192.0.2.1', port: 50_000 },
        destination: { address: '192.0.2.9', port: 443 },
        alpn: 'h2',
        authority: 'a.example',
        uniqueId: Buffer.from('id'),
        tls: {
          encrypted: true,
          certificateOnConnection: true,
          certificateInSession: true,
          verifyResult: 0,
          version: 'TLSv1.3',
          commonName: 'client',
        },
        others: [{ type: 0xe0, value: Buffer.from('own') }],
      },
      bytesRead: bytes.length,
    });
  });

  test('skips all that a LOCAL header has, whatever it is', () => {
    const local = { version: 2, command: 'local', transport: 'unknown', source: undefined, destination: undefined };
    for (const [transport, rest] of [
      [0x00, empty],
      [0x11, ends4],
      [0x11, empty],
      [0xff, Buffer.alloc(300, 0xff)],
    ] as const) {
      const bytes = binary(0x20, transport, rest);
      expect(read(bytes)).toEqual({ header: local, bytesRead: bytes.length });
    }
  });

  test('takes a family or protocol that is unspecified for unknown, and skips the rest', () => {
    for (const transport of [0x00, 0x01, 0x02, 0x10, 0x20, 0x30]) {
      const bytes = binary(0x21, transport, Buffer.alloc(20, 0xff));
      expect(read(bytes)).toMatchObject({ header: { command: 'proxy', transport: 'unknown' }, bytesRead: 36 });
    }
  });

  test('keeps nothing of the bytes that it was given', () => {
    const bytes = tcp4(tlv(0x05, 'id'), tlv(0xe0, 'own'));
    const { header } = read(bytes) as ParsedProxyHeader;
    bytes.fill(0);
    expect(header.uniqueId).toEqual(Buffer.from('id'));
    expect(header.others?.[0]?.value).toEqual(Buffer.from('own'));
  });

  test('checks a checksum wherever it stands', () => {
    for (const values of [
      [tlv(0x03, '\0\0\0\0'), tlv(0x02, 'a.example')],
      [tlv(0x02, 'a.example'), tlv(0x03, '\0\0\0\0')],
    ]) {
      const bytes = tcp4(...values);
      const field = bytes.indexOf(Buffer.of(0x03, 0, 4)) + 3;
      expect(read(bytes)).toBe('checksum');
      bytes.writeUInt32BE(crc32c(bytes), field);
      expect(read(bytes)).toMatchObject({ header: { authority: 'a.example' } });
      bytes[16] = 193;
      expect(read(bytes)).toBe('checksum');
    }
  });

  test.each<[string, ProxyHeaderFault, Buffer]>([
    ['a signature with one byte wrong', 'missing', Buffer.from('\r\n\r\n\0\r\nQUIT\r', 'latin1')],
    ['line ends only', 'missing', Buffer.from('\r\n\r\n\r\n')],
    ['version 1 in binary', 'version', binary(0x11, 0x11, ends4)],
    ['version 3', 'version', binary(0x31, 0x11, ends4)],
    ['a command that is not assigned', 'command', binary(0x22, 0x11, ends4)],
    ['a family that is not assigned', 'transport', binary(0x21, 0x41, ends4)],
    ['a protocol that is not assigned', 'transport', binary(0x21, 0x13, ends4)],
    ['no addresses', 'length', binary(0x21, 0x11, empty)],
    ['IPv4 addresses for IPv6', 'length', binary(0x21, 0x21, ends4)],
    ['a half of the paths', 'length', binary(0x21, 0x31, Buffer.alloc(108))],
    ['a giant length', 'length', binary(0x21, 0x11, ends4, 0xffff)],
    ['a giant length of LOCAL', 'length', binary(0x20, 0x00, empty, 0xffff)],
    ['one byte over the limit', 'length', binary(0x21, 0x11, ends4, maxHeaderBytes - 15)],
    ['a path with a line end', 'address', binary(0x21, 0x31, Buffer.from('/\n'.padEnd(216, '\0')))],
    ['a path that is no UTF-8', 'address', binary(0x21, 0x31, Buffer.alloc(216, 0xff))],
    ['half a head of a value', 'value', tcp4(Buffer.of(0x04, 0))],
    ['a value past the end', 'value', tcp4(tlv(0x04, 'abc', 4))],
    ['two names', 'value', tcp4(tlv(0x02, 'a.example'), tlv(0x02, 'b.example'))],
    ['the same name twice', 'value', tcp4(tlv(0x02, 'a.example'), tlv(0x02, 'a.example'))],
    ['two protocols', 'value', tcp4(tlv(0x01, 'h2'), tlv(0x01, 'http/1.1'))],
    ['two checksums', 'value', tcp4(tlv(0x03, '\0\0\0\0'), tlv(0x03, '\0\0\0\0'))],
    ['a name with a line end', 'value', tcp4(tlv(0x02, 'a\nb'))],
    ['a name with a NUL', 'value', tcp4(tlv(0x02, 'a.example\0.b'))],
    ['a name that is no UTF-8', 'value', tcp4(tlv(0x02, '\xff'))],
    ['a unique id that is too long', 'value', tcp4(tlv(0x05, Buffer.alloc(129)))],
    ['a short checksum', 'value', tcp4(tlv(0x03, '\0\0\0'))],
    ['TLS without flags', 'value', tcp4(tlv(0x20, ''))],
    ['TLS without its result', 'value', tcp4(tlv(0x20, '\x01\0\0\0'))],
    ['TLS with a value past its end', 'value', tcp4(tlv(0x20, '\x01\0\0\0\0\x21\0\x07TLSv1'), tlv(0x04, '.3'))],
    ['TLS of two versions', 'value', tcp4(tlv(0x20, '\x01\0\0\0\0\x21\0\x01a\x21\0\x01b'))],
    ['a wrong checksum', 'checksum', tcp4(tlv(0x03, 'abcd'))],
  ])('refuses %s: %s', (_name, fault, bytes) => {
    expect(read(bytes)).toBe(fault);
  });

  test('reads up to the limit', () => {
    const bytes = tcp4(tlv(0x04, Buffer.alloc(maxHeaderBytes - 16 - 12 - 3)));
    expect(read(bytes)).toMatchObject({ bytesRead: maxHeaderBytes });
  });
});

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6().map(normalIPv6);
const port = fc.integer({ min: 0, max: 65_535 });
const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => !/[\p{Cc}\p{Cs}\ufffd]/u.test(value));
const optional = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const someOf = (type: fc.Arbitrary<number>): fc.Arbitrary<ProxyTlv[] | undefined> =>
  optional(
    fc.array(fc.record({ type, value: fc.uint8Array({ maxLength: 20 }).map((value) => Buffer.from(value)) }), {
      minLength: 1,
      maxLength: 3,
    }),
  );
const tls: fc.Arbitrary<ProxyTls> = fc.record({
  encrypted: fc.boolean(),
  certificateOnConnection: fc.boolean(),
  certificateInSession: fc.boolean(),
  verifyResult: fc.nat(0xffffffff),
  version: optional(text),
  commonName: optional(text),
  cipher: optional(text),
  signatureAlgorithm: optional(text),
  keyAlgorithm: optional(text),
  others: someOf(fc.integer({ min: 0x26, max: 0xff })),
});

function bytesOfEnds(transport: ProxyTransport): number {
  return transport.startsWith('unix') ? 216 : transport.endsWith('4') ? 12 : 36;
}

function endsOf(transport: ProxyTransport): fc.Arbitrary<ProxyAddress> {
  if (transport.startsWith('unix')) {
    const path = fc.string({ maxLength: 108, unit: 'grapheme-ascii' });
    return fc.record({ address: path, port: fc.constant(0) });
  }
  return fc.record({ address: transport.endsWith('4') ? ipv4 : ipv6, port });
}

const lineHeader: fc.Arbitrary<ProxyHeader> = fc.constantFrom('tcp4' as const, 'tcp6' as const).chain((transport) =>
  fc.record({
    version: fc.constant(1 as const),
    command: fc.constant('proxy' as const),
    transport: fc.constant(transport),
    source: endsOf(transport),
    destination: endsOf(transport),
  }),
);
const transports = ['tcp4', 'tcp6', 'udp4', 'udp6', 'unix-stream', 'unix-datagram'] as const;
const binaryHeader: fc.Arbitrary<ProxyHeader> = fc.constantFrom(...transports).chain((transport) =>
  fc.record({
    version: fc.constant(2 as const),
    command: fc.constant('proxy' as const),
    transport: fc.constant(transport),
    source: endsOf(transport),
    destination: endsOf(transport),
    alpn: optional(text),
    authority: optional(text),
    uniqueId: optional(fc.uint8Array({ maxLength: 128 }).map((value) => Buffer.from(value))),
    tls: optional(tls),
    networkNamespace: optional(text),
    others: someOf(fc.integer({ min: 0x31, max: 0xff })),
  }),
);
const silent = { transport: 'unknown', source: undefined, destination: undefined } as const;
const endless = fc.constantFrom<ProxyHeader>(
  { version: 1, command: 'proxy', ...silent },
  { version: 2, command: 'proxy', ...silent },
  { version: 2, command: 'local', ...silent },
);
const anyHeader = fc.oneof({ weight: 3, arbitrary: lineHeader }, { weight: 6, arbitrary: binaryHeader }, endless);
const message = fc
  .record({ header: anyHeader, checksum: fc.boolean(), rest: fc.uint8Array({ maxLength: 10 }) })
  .map(({ header, checksum, rest }) => {
    const bytes = formatProxyHeader(header, { checksum });
    return { header, checksum, length: bytes.length, bytes: Buffer.concat([bytes, rest]) };
  });

/** One byte changed, put in or taken out, or the end cut off; more than once. */
const damage = fc.array(
  fc.record({ how: fc.constantFrom('change', 'insert', 'remove', 'cut'), at: fc.nat(), byte: fc.nat(255) }),
  { minLength: 1, maxLength: 4 },
);

function damaged(bytes: Buffer, changes: readonly { how: string; at: number; byte: number }[]): Buffer {
  let octets = [...bytes];
  for (const { how, at, byte } of changes) {
    const index = at % (octets.length + 1);
    if (how === 'cut') octets = octets.slice(0, index);
    else if (how === 'insert') octets.splice(index, 0, byte);
    else if (how === 'remove') octets.splice(index, 1);
    else if (index < octets.length) octets[index] = byte;
  }
  return Buffer.from(octets);
}

describe('for all headers', () => {
  test('reads what was written', () => {
    fc.assert(
      fc.property(message, ({ header, bytes, length }) => {
        expect(read(bytes)).toEqual({ header, bytesRead: length });
      }),
    );
  });

  test('says of the first bytes what it says of all, so that cuts make no difference', () => {
    fc.assert(
      fc.property(message, damage, fc.boolean(), ({ bytes }, changes, isWhole) => {
        const all = isWhole ? bytes : damaged(bytes, changes);
        const verdict = read(all);
        for (let length = 0; length < all.length; length++) {
          const isShort = typeof verdict === 'object' && length < verdict.bytesRead;
          const allowed = isShort ? ['more'] : typeof verdict === 'object' ? [verdict] : ['more', verdict];
          expect(allowed).toContainEqual(read(all.subarray(0, length)));
        }
      }),
    );
  });

  test('refuses a damaged header with its fault, or reads a header that can be written again', () => {
    fc.assert(
      fc.property(message, damage, ({ bytes }, changes) => {
        const reading = read(damaged(bytes, changes));
        // `read` lets nothing out but faults.
        if (typeof reading === 'string') return;
        const again = formatProxyHeader(reading.header);
        expect(read(again)).toEqual({ header: reading.header, bytesRead: again.length });
      }),
      { numRuns: 500 },
    );
  });

  test('notices each change of addresses under a checksum', () => {
    const change = fc.record({ at: fc.nat(), xor: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(binaryHeader, change, (header, { at, xor }) => {
        const bytes = formatProxyHeader(header, { checksum: true });
        const index = 16 + (at % bytesOfEnds(header.transport));
        bytes[index] = (bytes[index] as number) ^ xor;
        expect(['checksum', 'address']).toContain(read(bytes));
      }),
    );
  });

  test('reads any bytes, or refuses them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('', 'PROXY ', signature), (bytes, start) => {
        read(Buffer.concat([Buffer.from(start, 'latin1'), bytes]));
      }),
    );
  });
});
