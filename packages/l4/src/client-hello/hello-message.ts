// Reads the body of a ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2): the few extensions that tell where a connection wants to go.
import type { ByteCursor } from './byte-cursor.ts';
import { ClientHelloError } from './client-hello-error.ts';
import type { ClientHello } from './client-hello.ts';
import { readServerName } from './server-name.ts';

const extensionType = { serverName: 0, alpn: 16, supportedVersions: 43, encryptedClientHello: 0xfe0d };
const longestSessionId = 32;
const randomBytes = 32;
const outerHello = 0;

const wantedTypes: ReadonlySet<number> = new Set(Object.values(extensionType));

/**
 * Reads a ClientHello. Extensions that are not asked for are stepped over; whether they make sense is for the endpoint to judge.
 *
 * @throws ClientHelloError
 */
export function readHelloMessage(body: ByteCursor): ClientHello {
  const legacyVersion = body.uint16();
  body.skip(randomBytes);
  if (body.vector(body.uint8()).length > longestSessionId) throw malformed('a session id that is too long');
  const cipherSuites = body.vector(body.uint16());
  if (cipherSuites.length === 0 || cipherSuites.length % 2 === 1) throw malformed('no proper list of cipher suites');
  if (body.vector(body.uint8()).length === 0) throw malformed('no compression method, not even none');
  const extensions = readExtensions(body);
  const serverName = extensions.get(extensionType.serverName);
  const alpn = extensions.get(extensionType.alpn);
  const versions = extensions.get(extensionType.supportedVersions);
  return {
    serverName: serverName && readServerName(serverName),
    alpnProtocols: alpn === undefined ? [] : readAlpn(alpn),
    tlsVersions: versions === undefined ? [nameVersion(legacyVersion)] : readVersions(versions),
    hasEch: extensions.get(extensionType.encryptedClientHello)?.uint8() === outerHello,
  };
}

function readExtensions(body: ByteCursor): ReadonlyMap<number, ByteCursor> {
  const found = new Map<number, ByteCursor>();
  // Before TLS 1.3 a hello may end without any.
  if (body.isAtEnd) return found;
  const extensions = body.vector(body.uint16());
  if (!body.isAtEnd) throw malformed('bytes behind its extensions');
  while (!extensions.isAtEnd) {
    const type = extensions.uint16();
    const length = extensions.uint16();
    // RFC 8446 section 4.2: no extension twice. Two names are how a filter and an endpoint are made to see different ones.
    if (found.has(type)) throw new ClientHelloError('repeated', 'has an extension twice');
    if (wantedTypes.has(type)) found.set(type, extensions.vector(length));
    else extensions.skip(length);
  }
  return found;
}

/** RFC 7301 section 3.1. */
function readAlpn(extension: ByteCursor): string[] {
  const list = extension.onlyVector(extension.uint16());
  const protocols: string[] = [];
  while (!list.isAtEnd) {
    const protocol = list.vector(list.uint8());
    if (protocol.length === 0) throw malformed('a protocol without a name');
    if (!isGreaseProtocol(protocol)) protocols.push(protocol.text());
  }
  return protocols;
}

/** RFC 8446 section 4.2.1. */
function readVersions(extension: ByteCursor): string[] {
  const list = extension.onlyVector(extension.uint8());
  const versions: string[] = [];
  while (!list.isAtEnd) {
    const version = list.uint16();
    if (!isGrease(version)) versions.push(nameVersion(version));
  }
  return versions;
}

function malformed(what: string): ClientHelloError {
  return new ClientHelloError('malformed', `has ${what}`);
}

/** RFC 8701: 0x0a0a, 0x1a1a, ... 0xfafa, which clients throw in so that nobody gets used to a list. */
function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

function isGreaseProtocol(protocol: ByteCursor): boolean {
  const { bytes, at, length } = protocol;
  return length === 2 && isGrease(((bytes[at] as number) << 8) | (bytes[at + 1] as number));
}

function nameVersion(version: number): string {
  if (version === 0x0300) return 'SSLv3';
  if (version >= 0x0301 && version <= 0x0304) return `TLSv1${['', '.1', '.2', '.3'][version - 0x0301]}`;
  return `0x${version.toString(16).padStart(4, '0')}`;
}
