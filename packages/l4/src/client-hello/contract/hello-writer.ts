// Writes ClientHellos for tests, right ones and wrong ones: each part can be replaced, and nothing is checked.

/** An extension: its type and its contents. */
export type Extension = readonly [type: number, contents: Uint8Array];

/** The parts of a hello that tests change. */
export interface HelloParts {
  readonly messageType?: number;
  readonly legacyVersion?: number;
  readonly sessionId?: Uint8Array;
  readonly cipherSuites?: readonly number[];
  readonly compressionMethods?: Uint8Array;
  /** `undefined`: the hello ends before them. */
  readonly extensions?: readonly Extension[] | undefined;
}

/** A number of `width` bytes. */
export function uint(width: number, value: number): Buffer {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntBE(value, 0, width);
  return bytes;
}

/** Bytes with their length in front. */
export function vector(width: number, ...contents: readonly Uint8Array[]): Buffer {
  const joined = Buffer.concat(contents);
  return Buffer.concat([uint(width, joined.length), joined]);
}

function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** `server_name`, with names of type 0. */
export function serverNameExtension(...names: readonly string[]): Extension {
  return [0, vector(2, ...names.map((name) => Buffer.concat([Buffer.of(0), vector(2, latin1(name))])))];
}

/** ALPN. */
export function alpnExtension(...protocols: readonly string[]): Extension {
  return [16, vector(2, ...protocols.map((protocol) => vector(1, latin1(protocol))))];
}

/** `supported_versions`. */
export function versionsExtension(...versions: readonly number[]): Extension {
  return [43, vector(1, ...versions.map((version) => uint(2, version)))];
}

/** `encrypted_client_hello`, of which only the type is right: 0 is the outer hello. */
export function echExtension(type = 0): Extension {
  return [
    0xfe0d,
    Buffer.concat([Buffer.of(type, 0, 1, 0, 1, 7), vector(2, Buffer.alloc(32)), vector(2, Buffer.alloc(144))]),
  ];
}

/** `key_share` with shares of these groups and lengths. */
export function keyShareExtension(...shares: readonly (readonly [group: number, length: number])[]): Extension {
  const entries = shares.map(([group, length]) => Buffer.concat([uint(2, group), vector(2, Buffer.alloc(length, 7))]));
  return [51, vector(2, ...entries)];
}

/** A handshake message, without records. */
export function helloMessage(parts: HelloParts = {}): Buffer {
  const {
    messageType = 1,
    legacyVersion = 0x0303,
    sessionId = Buffer.alloc(32, 5),
    cipherSuites = [0x0a0a, 0x1301, 0x1302],
    compressionMethods = Buffer.of(0),
  } = parts;
  const extensions = 'extensions' in parts ? parts.extensions : [];
  const body = Buffer.concat([
    uint(2, legacyVersion),
    Buffer.alloc(32, 6),
    vector(1, sessionId),
    vector(2, ...cipherSuites.map((suite) => uint(2, suite))),
    vector(1, compressionMethods),
    ...(extensions === undefined
      ? []
      : [vector(2, ...extensions.map(([type, contents]) => Buffer.concat([uint(2, type), vector(2, contents)])))]),
  ]);
  return Buffer.concat([Buffer.of(messageType), uint(3, body.length), body]);
}

/** A record of TLS. */
export function record(fragment: Uint8Array, type = 22, version = 0x0301): Buffer {
  return Buffer.concat([Buffer.of(type), uint(2, version), vector(2, fragment)]);
}

/** A message in records: in one, or cut at these places. */
export function records(message: Uint8Array, cuts: readonly number[] = []): Buffer {
  const inside = cuts.filter((cut) => cut > 0 && cut < message.length);
  const edges = [0, ...new Set(inside), message.length].toSorted((a, b) => a - b);
  return Buffer.concat(edges.slice(1).map((edge, index) => record(message.subarray(edges[index], edge))));
}

/** A whole hello in one record. */
export function clientHello(...extensions: readonly Extension[]): Buffer {
  return records(helloMessage({ extensions }));
}
