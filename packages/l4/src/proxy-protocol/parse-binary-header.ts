// Version 2 of the PROXY protocol: signature, command, transport, length, addresses, and values behind them (parse-tlvs.ts).
import {
  addressBytes,
  binarySignature,
  fixedBytes,
  localCommand,
  proxyCommand,
  transportByte,
  unixFamily,
  versionTwo,
} from './header-octets.ts';
import { parseTlvs } from './parse-tlvs.ts';
import { ProxyHeaderError } from './proxy-header-error.ts';
import type { ParsedProxyHeader, ProxyAddress, ProxyHeader, ProxyTransport } from './proxy-header.ts';
import { readIPv4, readIPv6, readUnixPath } from './wire-address.ts';

const commandAt = binarySignature.length;
const transportAt = commandAt + 1;
const lengthAt = transportAt + 1;

const transports: ReadonlyMap<number, ProxyTransport> = new Map(
  Object.entries(transportByte).map(([name, byte]) => [byte, name as ProxyTransport]),
);
/** Family and protocol that the format has. Where one of both is unspecified, the other means nothing. */
const knownFamilies = 4;
const knownProtocols = 3;

/**
 * ```
 *  0            12 13 14     16                      16 + length
 *  | signature   | c | t | len | addresses | values ... |
 * ```
 */
export function parseBinaryHeader(bytes: Buffer, maxHeaderBytes: number): ParsedProxyHeader | undefined {
  if (bytes.length <= commandAt) return undefined;
  const command = readCommand(bytes[commandAt] as number);
  if (bytes.length <= transportAt) return undefined;
  const transport = command === localCommand ? 'unknown' : readTransport(bytes[transportAt] as number);
  if (bytes.length < fixedBytes) return undefined;
  const bytesRead = fixedBytes + bytes.readUInt16BE(lengthAt);
  if (bytesRead > maxHeaderBytes) throw new ProxyHeaderError('length', `is longer than ${maxHeaderBytes} bytes`);
  const valuesAt = fixedBytes + bytesOfEnds(transport);
  if (bytesRead < valuesAt) throw new ProxyHeaderError('length', 'is too short for its addresses');
  if (bytes.length < bytesRead) return undefined;
  return { header: readHeader(bytes.subarray(0, bytesRead), command, transport, valuesAt), bytesRead };
}

function readCommand(byte: number): number {
  if ((byte & 0xf0) !== versionTwo) throw new ProxyHeaderError('version', 'is of a version other than 2');
  const command = byte & 0x0f;
  if (command !== localCommand && command !== proxyCommand) {
    throw new ProxyHeaderError('command', 'has a command other than LOCAL and PROXY');
  }
  return command;
}

function readTransport(byte: number): ProxyTransport {
  if (byte >> 4 >= knownFamilies || (byte & 0x0f) >= knownProtocols) {
    throw new ProxyHeaderError('transport', 'has a family or a protocol that the format does not have');
  }
  return transports.get(byte) ?? 'unknown';
}

/** What both ends take. */
function bytesOfEnds(transport: ProxyTransport): number {
  const family = transportByte[transport] >> 4;
  const ports = family === unixFamily || transport === 'unknown' ? 0 : 2 * 2;
  return 2 * (addressBytes[family] as number) + ports;
}

function readHeader(bytes: Buffer, command: number, transport: ProxyTransport, valuesAt: number): ProxyHeader {
  const common = { version: 2, command: command === localCommand ? 'local' : 'proxy', transport } as const;
  // What a LOCAL header goes on with is to be skipped, and behind a family that is not told nobody knows where values start.
  if (transport === 'unknown') return { ...common, source: undefined, destination: undefined };
  return { ...common, ...readEnds(bytes, transportByte[transport] >> 4), ...parseTlvs(bytes, valuesAt) };
}

function readEnds(
  bytes: Buffer,
  family: number,
): { readonly source: ProxyAddress; readonly destination: ProxyAddress } {
  const width = addressBytes[family] as number;
  const destinationAt = fixedBytes + width;
  const portsAt = destinationAt + width;
  const source = readAddress(bytes.subarray(fixedBytes, destinationAt), family);
  const destination = readAddress(bytes.subarray(destinationAt, portsAt), family);
  const readPort = (at: number): number => (family === unixFamily ? 0 : bytes.readUInt16BE(at));
  return {
    source: { address: source, port: readPort(portsAt) },
    destination: { address: destination, port: readPort(portsAt + 2) },
  };
}

function readAddress(bytes: Buffer, family: number): string {
  if (bytes.length === 4) return readIPv4(bytes);
  if (family !== unixFamily) return readIPv6(bytes);
  const path = readUnixPath(bytes);
  if (path === undefined) throw new ProxyHeaderError('address', 'has a path of a Unix socket that is no text');
  return path;
}
