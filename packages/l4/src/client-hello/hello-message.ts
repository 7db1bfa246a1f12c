// Reads the body of a ClientHello (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2): the few extensions that tell where a connection wants to go.
import type { ByteCursor } from './byte-cursor.ts';
import type { ClientHello } from './client-hello.ts';
import { HelloMalformation } from './hello-malformation.ts';
import { readServerName } from './server-name.ts';

const extensionType = { serverName: 0, alpn: 16, supportedVersions: 43, encryptedClientHello: 0xfe0d };
const longestSessionId = 32;
const randomBytes = 32;
const outerHello = 0;

interface Extensions {
  serverName: ByteCursor | undefined;
  alpn: ByteCursor | undefined;
  supportedVersions: ByteCursor | undefined;
  encryptedClientHello: ByteCursor | undefined;
}

/**
 * Reads a ClientHello. Extensions that are not asked for are stepped over; whether they make sense is for the endpoint to judge.
 *
 * @throws HelloMalformation
 */
export function readHelloMessage(body: ByteCursor): ClientHello {
  const legacyVersion = body.uint16();
  body.skip(randomBytes);
  if (body.vector(body.uint8()).length > longestSessionId) throw new HelloMalformation('malformed');
  const cipherSuites = body.vector(body.uint16());
  if (cipherSuites.length === 0 || cipherSuites.length % 2 === 1) throw new HelloMalformation('malformed');
  if (body.vector(body.uint8()).length === 0) throw new HelloMalformation('malformed');
  const found = readExtensions(body);
  return {
    serverName: found.serverName && readServerName(found.serverName),
    alpnProtocols: found.alpn === undefined ? [] : readAlpn(found.alpn),
    tlsVersions:
      found.supportedVersions === undefined ? [nameVersion(legacyVersion)] : readVersions(found.supportedVersions),
    hasEch: found.encryptedClientHello?.uint8() === outerHello,
  };
}

function readExtensions(body: ByteCursor): Extensions {
  const found: Extensions = {
    serverName: undefined,
    alpn: undefined,
    supportedVersions: undefined,
    encryptedClientHello: undefined,
  };
  // Before TLS 1.3 a hello may end without any.
  if (body.isAtEnd) return found;
  const extensions = body.vector(body.uint16());
  if (!body.isAtEnd) throw new HelloMalformation('malformed');
  while (!extensions.isAtEnd) {
    const type = extensions.uint16();
    const length = extensions.uint16();
    if (type === extensionType.serverName) found.serverName = once(found.serverName, extensions, length);
    else if (type === extensionType.alpn) found.alpn = once(found.alpn, extensions, length);
    else if (type === extensionType.supportedVersions)
      found.supportedVersions = once(found.supportedVersions, extensions, length);
    else if (type === extensionType.encryptedClientHello)
      found.encryptedClientHello = once(found.encryptedClientHello, extensions, length);
    else extensions.skip(length);
  }
  return found;
}

/** RFC 8446 section 4.2: no extension twice. Two names are how a filter and an endpoint are made to see different ones. */
function once(known: ByteCursor | undefined, extensions: ByteCursor, length: number): ByteCursor {
  if (known !== undefined) throw new HelloMalformation('duplicate-extension');
  return extensions.vector(length);
}

/** RFC 7301 section 3.1. */
function readAlpn(extension: ByteCursor): string[] {
  const list = wholeVector(extension, extension.uint16());
  const protocols: string[] = [];
  while (!list.isAtEnd) {
    const protocol = list.vector(list.uint8());
    if (protocol.length === 0) throw new HelloMalformation('malformed');
    if (!isGreaseProtocol(protocol)) protocols.push(protocol.text());
  }
  return protocols;
}

/** RFC 8446 section 4.2.1. */
function readVersions(extension: ByteCursor): string[] {
  const list = wholeVector(extension, extension.uint8());
  const versions: string[] = [];
  while (!list.isAtEnd) {
    const version = list.uint16();
    if (!isGrease(version)) versions.push(nameVersion(version));
  }
  return versions;
}

/** A vector that fills its extension, and is not empty. */
function wholeVector(extension: ByteCursor, length: number): ByteCursor {
  const list = extension.vector(length);
  if (length === 0 || !extension.isAtEnd) throw new HelloMalformation('malformed');
  return list;
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
