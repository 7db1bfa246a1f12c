// Writes a header of the PROXY protocol, in one piece: it has to leave at once. What reads it is parse-proxy-header.ts.
import { describeValue, OptionsError } from '@sluice/core';
import { isIPv4 } from 'node:net';
import { crc32c } from './crc32c.ts';
import { checksumBytes, formatTlvs } from './format-tlvs.ts';
import {
  binarySignature,
  fixedBytes,
  localCommand,
  proxyCommand,
  transportByte,
  unixFamily,
  versionTwo,
} from './header-octets.ts';
import type { ProxyAddress, ProxyHeader } from './proxy-header.ts';
import { isPlainIPv6, normalIPv6, writeIPv4, writeIPv6, writeUnixPath } from './wire-address.ts';

/** How a header is written. */
export interface ProxyHeaderFormat {
  /** Whether a header of version 2 ends with the CRC32C of its bytes. @defaultValue false */
  readonly checksum?: boolean;
}

/**
 * Writes a header in the version that it names; reading it gives the same header again.
 *
 * Version 1 knows TCP only: everything else becomes `PROXY UNKNOWN`, and values are left out. So are those of a header of version 2 whose
 * transport is unknown. A path that is too long for its field is written as none.
 *
 * @throws OptionsError (`SLUICE_OPTIONS_INVALID`) when an address is not of the family, or a value can not be written
 *
 * @example
 * ```ts
 * const source = { address: '192.0.2.1', port: 50_000 };
 * const destination = { address: '192.0.2.9', port: 443 };
 * const bytes = formatProxyHeader({ version: 1, command: 'proxy', transport: 'tcp4', source, destination });
 * console.log(bytes.toString()); // PROXY TCP4 192.0.2.1 192.0.2.9 50000 443
 * ```
 */
export function formatProxyHeader(header: ProxyHeader, { checksum = false }: ProxyHeaderFormat = {}): Buffer {
  const hasEnds = header.command === 'proxy' && header.transport !== 'unknown';
  const ends = hasEnds ? [checkedEnd(header, 'source'), checkedEnd(header, 'destination')] : [];
  return header.version === 1 ? formatText(header, ends) : formatBinary(header, ends, checksum);
}

function checkedEnd(header: ProxyHeader, name: 'source' | 'destination'): ProxyAddress {
  const end = header[name];
  const fits = { IPv4: isIPv4, IPv6: isPlainIPv6, path: (path: string) => !path.includes('\0') };
  const kind = header.transport.endsWith('4') ? 'IPv4' : header.transport.endsWith('6') ? 'IPv6' : 'path';
  if (end === undefined || !fits[kind](end.address) || !isPort(end.port)) {
    const expected = `must be an ${kind} address and a port from 0 to 65535`;
    throw new OptionsError([{ path: name, message: `${expected}, got ${describeValue(end)}` }]);
  }
  return end;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}

function formatText({ transport }: ProxyHeader, [source, destination]: readonly ProxyAddress[]): Buffer {
  const isTcp = transport === 'tcp4' || transport === 'tcp6';
  if (!isTcp || source === undefined || destination === undefined) return Buffer.from('PROXY UNKNOWN\r\n');
  const write = transport === 'tcp4' ? (text: string): string => text : normalIPv6;
  const addresses = `${write(source.address)} ${write(destination.address)}`;
  return Buffer.from(`PROXY ${transport.toUpperCase()} ${addresses} ${source.port} ${destination.port}\r\n`);
}

function formatBinary(header: ProxyHeader, ends: readonly ProxyAddress[], checksum: boolean): Buffer {
  const byte = ends.length === 0 ? transportByte.unknown : transportByte[header.transport];
  const fixed = Buffer.alloc(fixedBytes);
  binarySignature.copy(fixed);
  fixed[binarySignature.length] = versionTwo | (header.command === 'local' ? localCommand : proxyCommand);
  fixed[binarySignature.length + 1] = byte;
  const values = ends.length === 0 ? [] : formatTlvs(header, checksum);
  const bytes = Buffer.concat([fixed, ...formatEnds(ends, byte >> 4), ...values]);
  const length = bytes.length - fixedBytes;
  if (length > 0xffff) throw new OptionsError([{ path: 'others', message: 'must leave the header below 65552 bytes' }]);
  bytes.writeUInt16BE(length, fixedBytes - 2);
  if (checksum && values.length > 0) bytes.writeUInt32BE(crc32c(bytes), bytes.length - checksumBytes);
  return bytes;
}

function formatEnds(ends: readonly ProxyAddress[], family: number): readonly Buffer[] {
  if (family === unixFamily) return ends.map(({ address }) => writeUnixPath(address));
  const write = family === 1 ? writeIPv4 : writeIPv6;
  const ports = ends.map(({ port }) => Buffer.of(port >> 8, port & 0xff));
  return [...ends.map(({ address }) => write(address)), ...ports];
}
