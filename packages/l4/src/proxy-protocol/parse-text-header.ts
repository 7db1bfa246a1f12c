// Version 1 of the PROXY protocol: one line of text, read by the letter.
import { isIPv4 } from 'node:net';
import { maxLineBytes } from './header-octets.ts';
import { ProxyHeaderError } from './proxy-header-error.ts';
import type { ParsedProxyHeader, ProxyAddress, ProxyHeader } from './proxy-header.ts';
import { isPlainIPv6, normalIPv6 } from './wire-address.ts';

const CR = 0x0d;
const LF = 0x0a;

/** Reads the line at the start of bytes that begin with its signature. */
export function parseTextHeader(bytes: Buffer): ParsedProxyHeader | undefined {
  const end = findLineEnd(bytes);
  if (end === undefined) return undefined;
  return { header: parseLine(bytes.toString('latin1', 0, end)), bytesRead: end + 2 };
}

/** Where CR LF stands. A lone one of both would end the line for somebody else, and not for us. */
function findLineEnd(bytes: Buffer): number | undefined {
  const length = Math.min(bytes.length, maxLineBytes);
  for (let index = 0; index < length; index++) {
    const byte = bytes[index] as number;
    if (byte >= 0x20 && byte < 0x7f) continue;
    if (byte !== CR) throw new ProxyHeaderError('line', 'has a byte in its line that is not printable ASCII');
    if (index + 1 === maxLineBytes) break;
    if (index + 1 === length) return undefined;
    if (bytes[index + 1] !== LF) throw new ProxyHeaderError('line', 'has a bare CR in its line');
    return index;
  }
  if (length === maxLineBytes) throw new ProxyHeaderError('line', `has no line end within ${maxLineBytes} bytes`);
  return undefined;
}

function parseLine(line: string): ProxyHeader {
  const fields = line.split(' ');
  const [, protocol] = fields;
  // Whatever stands behind UNKNOWN is to be ignored.
  if (protocol === 'UNKNOWN') {
    return { version: 1, command: 'proxy', transport: 'unknown', source: undefined, destination: undefined };
  }
  if (protocol !== 'TCP4' && protocol !== 'TCP6') {
    throw new ProxyHeaderError('transport', 'names neither TCP4 nor TCP6 nor UNKNOWN');
  }
  if (fields.length !== 6) throw new ProxyHeaderError('line', 'does not have six fields with single spaces between');
  const [, , source = '', destination = '', sourcePort = '', destinationPort = ''] = fields;
  const readAddress = protocol === 'TCP4' ? readIPv4 : readIPv6;
  return {
    version: 1,
    command: 'proxy',
    transport: protocol === 'TCP4' ? 'tcp4' : 'tcp6',
    ...readEnds(readAddress(source), readAddress(destination), readPort(sourcePort), readPort(destinationPort)),
  };
}

function readEnds(
  source: string,
  destination: string,
  sourcePort: number,
  destinationPort: number,
): { readonly source: ProxyAddress; readonly destination: ProxyAddress } {
  return {
    source: { address: source, port: sourcePort },
    destination: { address: destination, port: destinationPort },
  };
}

function readIPv4(text: string): string {
  if (!isIPv4(text)) throw new ProxyHeaderError('address', 'has no IPv4 address where TCP4 needs one');
  return text;
}

function readIPv6(text: string): string {
  if (!isPlainIPv6(text)) throw new ProxyHeaderError('address', 'has no IPv6 address where TCP6 needs one');
  return normalIPv6(text);
}

/** Decimal, without leading zeros: `010` is 8 to some. */
function readPort(text: string): number {
  if (!/^(?:0|[1-9]\d{0,4})$/.test(text) || Number(text) > 65_535) {
    throw new ProxyHeaderError('port', 'has a port that is no number from 0 to 65535');
  }
  return Number(text);
}
