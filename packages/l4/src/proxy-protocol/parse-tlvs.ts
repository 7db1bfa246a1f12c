// The values behind the addresses of a header of version 2: type, length, value, one after the other. The one of TLS holds more of them.
import { crc32c } from './crc32c.ts';
import { maxUniqueIdBytes, tlsFlag, tlsHeadBytes, tlsTlvType, tlvHeadBytes, tlvType } from './header-octets.ts';
import { ProxyHeaderError } from './proxy-header-error.ts';
import type { ProxyTls, ProxyTlv, ProxyTlvs } from './proxy-header.ts';
import { readText } from './wire-text.ts';

const namedTypes: ReadonlySet<number> = new Set(Object.values(tlvType));
const namedTlsTypes: ReadonlySet<number> = new Set(Object.values(tlsTlvType));

/** The values of a sequence: those with a name, by type, and the rest. */
interface TlvTable {
  readonly named: ReadonlyMap<number, Buffer>;
  readonly others: readonly ProxyTlv[] | undefined;
}

/** Reads the values of a whole header, from an offset to its end, and checks its checksum if there is one. */
export function parseTlvs(header: Buffer, start: number): ProxyTlvs {
  const { named, others } = readTable(header.subarray(start), namedTypes);
  const checksum = named.get(tlvType.checksum);
  if (checksum !== undefined) verifyChecksum(header, checksum);
  const uniqueId = named.get(tlvType.uniqueId);
  if (uniqueId !== undefined && uniqueId.length > maxUniqueIdBytes) {
    throw new ProxyHeaderError('value', `has a unique id of more than ${maxUniqueIdBytes} bytes`);
  }
  const tls = named.get(tlvType.tls);
  return {
    alpn: readName(named, tlvType.alpn),
    authority: readName(named, tlvType.authority),
    uniqueId: uniqueId === undefined ? undefined : Buffer.from(uniqueId),
    tls: tls === undefined ? undefined : parseTls(tls),
    networkNamespace: readName(named, tlvType.networkNamespace),
    others,
  };
}

function parseTls(bytes: Buffer): ProxyTls {
  if (bytes.length < tlsHeadBytes) throw new ProxyHeaderError('value', 'has a value of TLS that is too short');
  const flags = bytes[0] as number;
  const { named, others } = readTable(bytes.subarray(tlsHeadBytes), namedTlsTypes);
  return {
    encrypted: (flags & tlsFlag.encrypted) !== 0,
    certificateOnConnection: (flags & tlsFlag.certificateOnConnection) !== 0,
    certificateInSession: (flags & tlsFlag.certificateInSession) !== 0,
    verifyResult: bytes.readUInt32BE(1),
    version: readName(named, tlsTlvType.version),
    commonName: readName(named, tlsTlvType.commonName),
    cipher: readName(named, tlsTlvType.cipher),
    signatureAlgorithm: readName(named, tlsTlvType.signatureAlgorithm),
    keyAlgorithm: readName(named, tlsTlvType.keyAlgorithm),
    others,
  };
}

/** What has a name may be there once: of two, one reader believes the first and another one the last. */
function readTable(bytes: Buffer, types: ReadonlySet<number>): TlvTable {
  const named = new Map<number, Buffer>();
  const others: ProxyTlv[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + tlvHeadBytes > bytes.length) throw new ProxyHeaderError('value', 'ends within the head of a value');
    const type = bytes[at] as number;
    const valueAt = at + tlvHeadBytes;
    at = valueAt + bytes.readUInt16BE(valueAt - 2);
    if (at > bytes.length) throw new ProxyHeaderError('value', 'ends within a value');
    const value = bytes.subarray(valueAt, at);
    if (!types.has(type)) others.push({ type, value: Buffer.from(value) });
    else if (type === tlvType.noop) continue;
    else if (named.has(type)) throw new ProxyHeaderError('value', `has two values of type ${type}`);
    else named.set(type, value);
  }
  return { named, others: others.length > 0 ? others : undefined };
}

function readName(named: ReadonlyMap<number, Buffer>, type: number): string | undefined {
  const value = named.get(type);
  if (value === undefined) return undefined;
  const text = readText(value);
  if (text === undefined) throw new ProxyHeaderError('value', `has a value of type ${type} that is no text`);
  return text;
}

/** The checksum is that of the whole header, with its own field as zeros. */
function verifyChecksum(header: Buffer, field: Buffer): void {
  if (field.length !== 4) throw new ProxyHeaderError('value', 'has a checksum that is not four bytes long');
  if (crc32c(header, field.byteOffset - header.byteOffset) !== field.readUInt32BE(0)) {
    throw new ProxyHeaderError('checksum', 'has a checksum that is not that of its bytes');
  }
}
