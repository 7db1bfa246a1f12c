import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ClientHelloError, type ClientHelloFault } from './client-hello-error.ts';
import type { ClientHello } from './client-hello.ts';
import {
  alpnExtension,
  clientHello,
  echExtension,
  helloMessage,
  keyShareExtension,
  record,
  records,
  serverNameExtension,
  uint,
  vector,
  versionsExtension,
  type Extension,
  type HelloParts,
} from './contract/hello-writer.ts';
import { ClientHelloReader, defaultMaxHelloBytes, parseClientHello } from './parse-client-hello.ts';

function hello(bytes: Uint8Array): ClientHello {
  const found = parseClientHello(bytes);
  if (found === undefined) throw new Error('incomplete');
  return found;
}

/** Reads bytes that arrive in pieces, up to the first answer: a hello, or what is wrong with it. */
function readPieces(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  maxHelloBytes = defaultMaxHelloBytes,
): ClientHello | ClientHelloFault | undefined {
  const reader = new ClientHelloReader(maxHelloBytes);
  const edges = [...new Set([...cuts.filter((cut) => cut < bytes.length), bytes.length])].toSorted((a, b) => a - b);
  try {
    for (const edge of edges) {
      // In memory of its own each time, as when a buffer had to grow.
      const found = reader.read(Buffer.from(bytes.subarray(0, edge)));
      if (found !== undefined) return found;
    }
    return undefined;
  } catch (error) {
    if (error instanceof ClientHelloError) return error.fault;
    throw error;
  }
}

const everywhere = (bytes: Uint8Array): number[] => Array.from({ length: bytes.length }, (_, index) => index);

describe('what it reads', () => {
  test('the name, the protocols and the versions', () => {
    const bytes = clientHello(
      [0x1a1a, Buffer.alloc(0)],
      serverNameExtension('shop.example'),
      alpnExtension('h2', 'http/1.1'),
      versionsExtension(0x0304, 0x0303),
    );
    expect(parseClientHello(bytes)).toEqual({
      serverName: 'shop.example',
      alpnProtocols: ['h2', 'http/1.1'],
      tlsVersions: ['TLSv1.3', 'TLSv1.2'],
      hasEch: false,
    });
  });

  test('a hello without extensions, as clients before TLS 1.3 may send', () => {
    const bytes = records(helloMessage({ legacyVersion: 0x0302, sessionId: Buffer.alloc(0), extensions: undefined }));
    expect(hello(bytes)).toEqual({
      serverName: undefined,
      alpnProtocols: [],
      tlsVersions: ['TLSv1.1'],
      hasEch: false,
    });
  });

  test('GREASE values are left out, and versions without a name are numbers', () => {
    const { alpnProtocols, tlsVersions } = hello(
      clientHello(
        alpnExtension('\u000a\u000a', 'h3', '\u00fa\u00fa', '\u000a\u001a'),
        versionsExtension(0x2a2a, 0x0304, 0x0a1a, 0x0305, 0x0301, 0x0300),
      ),
    );
    expect(alpnProtocols).toEqual(['h3', '\u000a\u001a']);
    expect(tlsVersions).toEqual(['TLSv1.3', '0x0a1a', '0x0305', 'TLSv1', 'SSLv3']);
  });

  test('the outer name of an Encrypted ClientHello, and that there is one', () => {
    const { serverName, hasEch } = hello(clientHello(serverNameExtension('front.example'), echExtension()));
    expect({ serverName, hasEch }).toEqual({ serverName: 'front.example', hasEch: true });
    // The inner one, which a client-facing server passes on in clear text (split mode).
    expect(hello(clientHello([0xfe0d, Buffer.of(1)])).hasEch).toBe(false);
  });

  test('a hello with several key shares, one of them post-quantum', () => {
    const shares = keyShareExtension([0x3a3a, 1], [0x11ec, 1216], [0x6399, 1216], [29, 32]);
    expect(hello(clientHello(shares, serverNameExtension('a.example'))).serverName).toBe('a.example');
  });

  test('bytes in the records behind the hello are left alone, such as early data', () => {
    const bytes = Buffer.concat([
      clientHello(serverNameExtension('a.example')),
      record(Buffer.alloc(9), 23),
      Buffer.of(255),
    ]);
    expect(hello(bytes).serverName).toBe('a.example');
  });

  test.each([0, 1, 3, 255])('records that say version 3.%i', (minor) => {
    const message = helloMessage({ extensions: [serverNameExtension('a.example')] });
    expect(hello(record(message, 22, 0x0300 + minor)).serverName).toBe('a.example');
  });
});

describe('names', () => {
  test.each([
    ['a.example', 'a.example'],
    ['WWW.Example.COM', 'www.example.com'],
    ['a.example.', 'a.example'],
    ['localhost', 'localhost'],
    ['_dmarc.xn--bcher-kva.example', '_dmarc.xn--bcher-kva.example'],
    ['1.2.3', '1.2.3'],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
    [`${'a.'.repeat(126)}a`, `${'a.'.repeat(126)}a`],
    [`${'a.'.repeat(126)}a.`, `${'a.'.repeat(126)}a`],
  ])('%j is %j', (sent, name) => {
    expect(hello(clientHello(serverNameExtension(sent))).serverName).toBe(name);
  });

  test.each(['192.0.2.1', '192.0.2.1.', '2001:db8::1', '::ffff:192.0.2.1', 'fe80::1%eth0'])(
    'the IP address %j is no name',
    (sent) => {
      expect(hello(clientHello(serverNameExtension(sent))).serverName).toBeUndefined();
    },
  );

  test('names of other kinds are stepped over', () => {
    const other = Buffer.concat([Buffer.of(7), vector(2, Buffer.from('what ever'))]);
    const name = Buffer.concat([Buffer.of(0), vector(2, Buffer.from('a.example'))]);
    expect(hello(clientHello([0, vector(2, other, name, other)])).serverName).toBe('a.example');
    expect(hello(clientHello([0, vector(2, other)])).serverName).toBeUndefined();
  });

  test.each([
    '',
    '.',
    '..',
    '.a.example',
    'a..example',
    'a.example..',
    'a b.example',
    'a.example\u0000.evil.example',
    'a.example\n',
    'a.example:443',
    '[2001:db8::1]',
    '*.example',
    'b\u00fccher.example',
    'a/b',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}a`,
  ])('%j is refused', (sent) => {
    expect(readPieces(clientHello(serverNameExtension(sent)))).toBe('server-name');
  });

  test('two names are refused', () => {
    const bytes = clientHello(serverNameExtension('a.example', 'b.example'));
    expect(readPieces(bytes)).toBe('server-name');
  });
});

/** Malformed inputs, each with its fault. */
const battery: readonly (readonly [what: string, fault: string, bytes: Uint8Array])[] = [
  ['a request of HTTP/1.1', 'not-tls', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['a banner of SSH', 'not-tls', Buffer.from('SSH-2.0-x\r\n')],
  ['zeros', 'not-tls', Buffer.alloc(100)],
  ['an alert', 'not-tls', record(Buffer.of(1, 0), 21)],
  ['application data', 'not-tls', record(Buffer.alloc(20), 23)],
  ['a record of another major version', 'not-tls', record(helloMessage(), 22, 0x0201)],
  ['an empty record', 'not-tls', record(Buffer.alloc(0))],
  ['a record over 2^14 bytes', 'not-tls', Buffer.of(22, 3, 1, 0x40, 1)],
  ['a hello of SSL 2.0', 'sslv2', Buffer.from('802e0100020015000000100100800200800300800700c0', 'hex')],
  ['another message of SSL 2.0', 'not-tls', Buffer.from('802e0400', 'hex')],
  ['a ServerHello', 'not-a-hello', records(helloMessage({ messageType: 2 }))],
  ['a HelloRequest', 'not-a-hello', record(Buffer.of(0, 0, 0, 0))],
  [
    'an empty second record',
    'malformed',
    Buffer.concat([record(helloMessage().subarray(0, 9)), record(Buffer.alloc(0))]),
  ],
  ['an alert inside', 'malformed', Buffer.concat([record(helloMessage().subarray(0, 9)), record(Buffer.of(1, 0), 21)])],
  ['another version inside', 'malformed', Buffer.concat([record(helloMessage().subarray(0, 9)), Buffer.of(22, 2)])],
  ['SSL 2.0 inside', 'malformed', Buffer.concat([record(helloMessage().subarray(0, 9)), Buffer.of(0x80, 2, 1)])],
  ['a second message in the record', 'malformed', record(Buffer.concat([helloMessage(), helloMessage()]))],
  ['a byte behind the message in the record', 'malformed', record(Buffer.concat([helloMessage(), Buffer.of(0)]))],
  ['an empty message', 'malformed', record(Buffer.of(1, 0, 0, 0))],
  ['a message that claims 16 MiB', 'too-large', record(Buffer.of(1, 255, 255, 255))],
  ['a message that claims a byte too much', 'too-large', record(Buffer.of(1, 0, 0x3f, 0xf8))],
  ['a session id of 33 bytes', 'malformed', parts({ sessionId: Buffer.alloc(33) })],
  ['no cipher suites', 'malformed', parts({ cipherSuites: [] })],
  ['no compression methods', 'malformed', parts({ compressionMethods: Buffer.alloc(0) })],
  ['two server names extensions', 'repeated', twice(serverNameExtension('a.example'))],
  ['two lists of protocols', 'repeated', twice(alpnExtension('h2'))],
  ['two lists of versions', 'repeated', twice(versionsExtension(0x0304))],
  ['two encrypted hellos', 'repeated', twice(echExtension())],
  ['an empty server name extension', 'malformed', clientHello([0, Buffer.alloc(0)])],
  ['an empty list of server names', 'malformed', clientHello([0, uint(2, 0)])],
  ['a list of names that is too short', 'malformed', clientHello([0, Buffer.of(0, 4, 0, 0, 1, 97, 98)])],
  ['a name that is too long for its list', 'malformed', clientHello([0, Buffer.of(0, 4, 0, 0, 9, 97)])],
  ['a list of names that is too long', 'malformed', clientHello([0, Buffer.of(0, 9, 0, 0, 1, 97)])],
  ['an empty list of protocols', 'malformed', clientHello([16, uint(2, 0)])],
  ['an empty protocol', 'malformed', clientHello(alpnExtension('h2', ''))],
  ['a protocol that is too long', 'malformed', clientHello([16, Buffer.of(0, 3, 9, 104, 50)])],
  ['bytes behind the protocols', 'malformed', clientHello([16, Buffer.of(0, 3, 2, 104, 50, 0)])],
  ['an empty list of versions', 'malformed', clientHello([43, Buffer.of(0)])],
  ['half a version', 'malformed', clientHello([43, Buffer.of(3, 3, 4, 3)])],
  ['an empty encrypted hello', 'malformed', clientHello([0xfe0d, Buffer.alloc(0)])],
  ['extensions that are too long', 'malformed', damage((message) => message.writeUInt16BE(500, message.length - 2))],
  ['half a length of extensions', 'malformed', shorten(1)],
  ['no compression methods at all', 'malformed', shorten(4)],
  ['no cipher suites at all', 'malformed', shorten(12)],
  ['no session id at all', 'malformed', shorten(45)],
  ['half of the random bytes', 'malformed', shorten(60)],
  ['half of a version', 'malformed', record(Buffer.of(1, 0, 0, 1, 3))],
  ['bytes behind the extensions', 'malformed', damage((message) => message.writeUInt8(1, message.length - 1), 1)],
  ['half of an extension', 'malformed', clientHelloOf(Buffer.of(0, 9, 0))],
  ['an extension that is too long', 'malformed', clientHelloOf(Buffer.of(0, 9, 0, 1))],
];

function parts(changed: HelloParts): Buffer {
  return records(helloMessage(changed));
}

function twice(extension: Extension): Buffer {
  return clientHello(extension, [0x1234, Buffer.of(1)], extension);
}

/** A hello of which something was changed, after bytes were put behind it. */
function damage(change: (message: Buffer) => void, extraBytes = 0): Buffer {
  const message = Buffer.concat([helloMessage(), Buffer.alloc(extraBytes)]);
  message.writeUIntBE(message.length - 4, 1, 3);
  change(message);
  return records(message);
}

/** A hello whose message ends early, and says so. */
function shorten(bytes: number): Buffer {
  const message = Buffer.from(helloMessage().subarray(0, -bytes));
  message.writeUIntBE(message.length - 4, 1, 3);
  return records(message);
}

function clientHelloOf(extensionBytes: Buffer): Buffer {
  const message = Buffer.concat([helloMessage({ extensions: undefined }), vector(2, extensionBytes)]);
  message.writeUIntBE(message.length - 4, 1, 3);
  return records(message);
}

describe('what it refuses', () => {
  test.each(battery)('%s: %s', (_what, fault, bytes) => {
    expect(readPieces(bytes)).toBe(fault);
    // The same wherever the bytes are cut.
    expect(readPieces(bytes, everywhere(bytes))).toBe(fault);
  });

  test('a message is refused at its first byte, before it claims a length', () => {
    expect(readPieces(Buffer.of(22, 3, 1, 2, 0, 2))).toBe('not-a-hello');
    expect(readPieces(Buffer.of(22, 3, 1, 2, 0, 1))).toBeUndefined();
  });

  test('what was cut off inside is incomplete, and no bytes are, too', () => {
    const bytes = records(helloMessage({ extensions: [serverNameExtension('a.example')] }), [1, 2, 3, 50]);
    for (const end of everywhere(bytes)) expect(parseClientHello(bytes.subarray(0, end))).toBeUndefined();
  });
});

describe('limits', () => {
  const bytes = records(
    helloMessage({ extensions: [serverNameExtension('a.example'), keyShareExtension([1, 900])] }),
    [400],
  );

  test('a hello may be as large as the limit', () => {
    expect(parseClientHello(bytes, { maxHelloBytes: bytes.length })).toBeDefined();
    expect(readPieces(bytes, everywhere(bytes), bytes.length)).toEqual(hello(bytes));
  });

  test('a byte more is too large, however it comes', () => {
    expect(readPieces(bytes, [], bytes.length - 1)).toBe('too-large');
    expect(readPieces(bytes, everywhere(bytes), bytes.length - 1)).toBe('too-large');
  });

  test('a hello just under 16 KiB is read by default, in records of any number', () => {
    const message = helloMessage({ extensions: [keyShareExtension([1, 16_200]), serverNameExtension('a.example')] });
    expect(hello(records(message)).serverName).toBe('a.example');
    expect(readPieces(records(message, everywhere(message)))).toBe('too-large');
    const small = helloMessage({ extensions: [keyShareExtension([1, 2_500]), serverNameExtension('a.example')] });
    expect(hello(records(small, everywhere(small))).serverName).toBe('a.example');
  });
});

describe('properties', () => {
  const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/);
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => `${labels.join('.')}.example`);
  const protocol = fc.stringMatching(/^[!-~]{3,12}$/);
  const unknown = fc.tuple(fc.integer({ min: 100, max: 60_000 }), fc.uint8Array({ maxLength: 60 }));
  const cuts = fc.array(fc.nat(600), { maxLength: 12 });

  test('every hello is read back, wherever its records and its bytes are cut', () => {
    const hellos = fc.record({
      name: fc.option(name, { nil: undefined }),
      protocols: fc.array(protocol, { maxLength: 4 }),
      before: fc.array(unknown, { maxLength: 4 }),
      after: fc.array(unknown, { maxLength: 4 }),
      sessionId: fc.uint8Array({ maxLength: 32 }),
    });
    fc.assert(
      fc.property(hellos, cuts, cuts, (made, recordCuts, pieceCuts) => {
        const extensions: readonly Extension[] = [
          ...made.before,
          ...(made.name === undefined ? [] : [serverNameExtension(made.name)]),
          ...(made.protocols.length === 0 ? [] : [alpnExtension(...made.protocols)]),
          ...made.after,
        ];
        const bytes = records(helloMessage({ extensions, sessionId: made.sessionId }), recordCuts);
        expect(readPieces(bytes, pieceCuts)).toEqual({
          serverName: made.name?.toLowerCase(),
          alpnProtocols: made.protocols,
          tlsVersions: ['TLSv1.2'],
          hasEch: false,
        });
      }),
      { numRuns: 500 },
    );
  });

  test('any bytes are read without a throw, to the same end wherever they are cut', () => {
    const body = fc.uint8Array({ maxLength: 400 });
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      body.map((bytes) => record(bytes)),
      body.map((bytes) => record(Buffer.concat([Buffer.of(1), vector(3, bytes)]))),
      body.map((bytes) => clientHelloOf(Buffer.from(bytes))),
      fc.tuple(fc.constantFrom(0, 16, 43, 0xfe0d), body).map((extension) => clientHello(extension)),
    );
    fc.assert(
      fc.property(anything, cuts, (bytes, pieceCuts) => {
        expect(readPieces(bytes, pieceCuts)).toEqual(readPieces(bytes));
      }),
      { numRuns: 1_000 },
    );
  });
});
