// Writes the values behind the addresses of a header of version 2. The checksum comes last, as zeros: whoever has the whole header fills it in.
import { OptionsError } from '@sluice/core';
import { maxUniqueIdBytes, tlsFlag, tlsHeadBytes, tlsTlvType, tlvHeadBytes, tlvType } from './header-octets.ts';
import type { ProxyTls, ProxyTlv, ProxyTlvs } from './proxy-header.ts';
import { isText } from './wire-text.ts';

/** Bytes of a checksum, which stand at the very end. */
export const checksumBytes = 4;

/** @throws OptionsError when a value can not be written */
export function formatTlvs(tlvs: ProxyTlvs, checksum: boolean): readonly Buffer[] {
  const { uniqueId, tls } = tlvs;
  if (uniqueId !== undefined && uniqueId.length > maxUniqueIdBytes) {
    throw new OptionsError([{ path: 'uniqueId', message: `must be at most ${maxUniqueIdBytes} bytes long` }]);
  }
  return [
    ...formatName('alpn', tlvType.alpn, tlvs.alpn),
    ...formatName('authority', tlvType.authority, tlvs.authority),
    ...(uniqueId === undefined ? [] : [formatTlv('uniqueId', tlvType.uniqueId, uniqueId)]),
    ...(tls === undefined ? [] : [formatTlv('tls', tlvType.tls, formatTls(tls))]),
    ...formatName('networkNamespace', tlvType.networkNamespace, tlvs.networkNamespace),
    ...formatOthers('others', tlvs.others, tlvType),
    ...(checksum ? [formatTlv('checksum', tlvType.checksum, Buffer.alloc(checksumBytes))] : []),
  ];
}

function formatTls(tls: ProxyTls): Buffer {
  const head = Buffer.alloc(tlsHeadBytes);
  for (const [name, bit] of Object.entries(tlsFlag)) {
    if (tls[name as keyof typeof tlsFlag]) head[0] = (head[0] as number) | bit;
  }
  head.writeUInt32BE(tls.verifyResult, 1);
  const names = Object.entries(tlsTlvType).flatMap(([name, type]) =>
    formatName(`tls.${name}`, type, tls[name as keyof typeof tlsTlvType]),
  );
  return Buffer.concat([head, ...names, ...formatOthers('tls.others', tls.others, tlsTlvType)]);
}

function formatName(path: string, type: number, text: string | undefined): readonly Buffer[] {
  if (text === undefined) return [];
  if (!isText(text)) throw new OptionsError([{ path, message: 'must be text without control characters' }]);
  return [formatTlv(path, type, Buffer.from(text))];
}

function formatOthers(
  path: string,
  others: readonly ProxyTlv[] | undefined,
  named: Readonly<Record<string, number>>,
): readonly Buffer[] {
  return (others ?? []).map(({ type, value }, index) => {
    const isNamed = Object.values(named).includes(type);
    if (Number.isInteger(type) && type >= 0 && type <= 0xff && !isNamed) return formatTlv(path, type, value);
    const expected = 'must be from 0 to 255 and none of the types that have a name';
    throw new OptionsError([{ path: `${path}[${index}].type`, message: `${expected}, got ${type}` }]);
  });
}

function formatTlv(path: string, type: number, value: Uint8Array): Buffer {
  if (value.length > 0xffff) throw new OptionsError([{ path, message: 'must be at most 65535 bytes long' }]);
  const head = Buffer.alloc(tlvHeadBytes);
  head[0] = type;
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
}
