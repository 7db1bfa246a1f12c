// Tells a protocol by the first bytes that a client sends. It reads no further than it has to, and checks nothing beyond.

/**
 * What a client speaks:
 *
 * - `tls`: a TLS handshake
 * - `http1`: a request line, which is any method and a space; a request of another line protocol looks the same
 * - `http2`: HTTP/2 without TLS ("prior knowledge", RFC 9113 section 3.3)
 * - `ssh`: SSH (RFC 4253 section 4.2)
 * - `proxy-v1`, `proxy-v2`: a header of the PROXY protocol, whatever comes behind it
 * - `postgres`: PostgreSQL's start-up, request for TLS or GSS encryption, or cancellation
 * - `redis`: a command of Redis in RESP
 * - `unknown`: bytes that are none of these
 */
export type SniffedProtocol =
  'tls' | 'http1' | 'http2' | 'ssh' | 'proxy-v1' | 'proxy-v2' | 'postgres' | 'redis' | 'unknown';

/** Every protocol can be told by as many bytes. */
export const maxSniffedBytes = 64;

/** `undefined`: it could still become that protocol. */
type Verdict = boolean | undefined;

/** One position of a pattern: the byte that must stand there, or the lowest and the highest that may. */
type Place = number | readonly [low: number, high: number];

type Pattern = readonly Place[];

const digit: Place = [0x30, 0x39];
const anyByte: Place = [0, 255];

/** A record of type 22, of any version 3.x and at most 2^14 bytes, with a ClientHello in it (RFC 8446 sections 4 and 5.1). */
const clientHello: Pattern = [22, 3, [0, 4], [0, 0x40], anyByte, 1];

/** Requests for TLS and GSS encryption, cancellation, and start-up with version 3.x of the protocol, in packets of at most 10,000 bytes. */
const postgresPackets: readonly Pattern[] = [
  [0, 0, 0, 8, 0x04, 0xd2, 0x16, [0x2f, 0x30]],
  [0, 0, [0, 1], anyByte, 0x04, 0xd2, 0x16, 0x2e],
  [0, 0, [0, 0x27], anyByte, 0, 3, 0, anyByte],
];

/** The head of an array of one to four digits, and its first bulk string. */
const redisCommands: readonly Pattern[] = [1, 2, 3, 4].map((digits) => [
  ...literal('*'),
  ...Array.from({ length: digits }, () => digit),
  ...literal('\r\n$'),
]);

/** The protocols in the order in which they are believed: a preface of HTTP/2 is a request line, too. */
const signs: readonly (readonly [protocol: SniffedProtocol, matches: (bytes: Uint8Array) => Verdict])[] = [
  ['tls', matchesAny(clientHello)],
  ['http2', matchesAny(literal('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'))],
  ['proxy-v1', matchesAny(literal('PROXY '))],
  ['proxy-v2', matchesAny(literal('\r\n\r\n\0\r\nQUIT\n'))],
  ['ssh', matchesAny(literal('SSH-'))],
  ['http1', isRequestLine],
  ['postgres', matchesAny(...postgresPackets)],
  ['redis', matchesAny(...redisCommands)],
];

/** All of them. */
export const sniffedProtocols: readonly SniffedProtocol[] = Object.freeze([...signs.map(([name]) => name), 'unknown']);

/**
 * Tells what a client speaks.
 *
 * @param bytes - What it has sent, from the connection's first byte on.
 * @returns `undefined` when more bytes are needed: never for 64 or more.
 */
export function sniffProtocol(bytes: Uint8Array): SniffedProtocol | undefined {
  for (const [protocol, matches] of signs) {
    const verdict = matches(bytes);
    if (verdict !== false) return verdict && protocol;
  }
  return 'unknown';
}

function literal(text: string): Pattern {
  return [...Buffer.from(text, 'latin1')];
}

/** Whether one of the patterns matches; `undefined` if none does yet, and one still may. */
function matchesAny(...patterns: readonly Pattern[]): (bytes: Uint8Array) => Verdict {
  return (bytes) => {
    let verdict: Verdict = false;
    for (const pattern of patterns) {
      if (!matchesStart(pattern, bytes)) continue;
      if (bytes.length >= pattern.length) return true;
      verdict = undefined;
    }
    return verdict;
  };
}

function matchesStart(pattern: Pattern, bytes: Uint8Array): boolean {
  const count = Math.min(pattern.length, bytes.length);
  for (let at = 0; at < count; at++) {
    const byte = bytes[at] as number;
    const place = pattern[at] as Place;
    if (typeof place === 'number' ? byte !== place : byte < place[0] || byte > place[1]) return false;
  }
  return true;
}

/** RFC 9110 section 5.6.2: a method is a token. */
const tokenBytes: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[\w!#$%&'*+.^`|~-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);
/** The longest registered one is UPDATEREDIRECTREF. */
const longestMethod = 32;

/** RFC 9112 section 3: a method, then a single space. */
function isRequestLine(bytes: Uint8Array): Verdict {
  let at = 0;
  while (at < bytes.length && tokenBytes[bytes[at] as number] === 1) at++;
  if (at > longestMethod) return false;
  if (at === bytes.length) return undefined;
  return at > 0 && bytes[at] === 0x20;
}
