// Nodes: how X-Forwarded-For and Forwarded (RFC 7239 section 6) write an address and a port.
import { isIP } from 'node:net';
import { isToken } from './field-syntax.ts';

/** An address that somebody sent from. */
export interface ForwardedNode {
  /** An IP address, without brackets; IPv4 in its own form, also when it came through an IPv6 socket. */
  readonly address: string;
  /** `undefined` when it was not said, or is hidden behind an obfuscated identifier. */
  readonly port: number | undefined;
}

/**
 * Parses `192.0.2.1`, `192.0.2.1:4711`, `[2001:db8::1]:4711` and `2001:db8::1`.
 *
 * @returns `undefined` for `unknown`, for obfuscated identifiers such as `_hidden`, and for whatever is not an address.
 */
export function parseNode(text: string): ForwardedNode | undefined {
  const bracket = text.startsWith('[') ? text.indexOf(']') : -1;
  const colon = bracket > 0 ? bracket + 1 : portSeparator(text);
  const address = bracket > 0 ? text.slice(1, bracket) : text.slice(0, colon);
  if (isIP(address) === 0 || (bracket > 0 && !address.includes(':'))) return undefined;
  if (colon === text.length) return { address: plainAddress(address), port: undefined };
  const port = text.slice(colon + 1);
  if (text[colon] !== ':' || !isNodePort(port)) return undefined;
  return { address: plainAddress(address), port: port.startsWith('_') ? undefined : Number(port) };
}

/** The colon in front of a port. More than one colon without brackets is an IPv6 address that was not written as the RFC asks. */
function portSeparator(text: string): number {
  const first = text.indexOf(':');
  return first < 0 || text.includes(':', first + 1) ? text.length : first;
}

/** `node-port` of RFC 7239 section 6: a port or an obfuscated one. */
function isNodePort(text: string): boolean {
  return isPort(text) || (text.length > 1 && text.startsWith('_') && isToken(text));
}

/** Whether `text` is a port in digits. */
export function isPort(text: string): boolean {
  if (text.length === 0 || text.length > 5) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return Number(text) > 0 && Number(text) < 65_536;
}

/** Writes an address as a node: IPv6 in brackets, `unknown` for none. */
export function formatNode(address: string): string {
  if (address === '') return 'unknown';
  return address.includes(':') ? `[${address}]` : address;
}

/** An IPv4 address that came through an IPv6 socket, without its `::ffff:`; any other as it is. */
export function plainAddress(address: string): string {
  const isMapped = address.startsWith('::ffff:') || address.startsWith('::FFFF:');
  return isMapped && address.includes('.') ? address.slice(7) : address;
}
