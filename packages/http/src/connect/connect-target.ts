// The target of CONNECT: a host and a port (authority-form, RFC 9112 section 3.2.3), in the one form that rules are compared with, names are
// looked up by, and the next proxy is told.
import { parseEndpointAddress, type TcpAddress } from '@sluice/core';
import { normalizeHostName } from '@sluice/l4';
import { isIPv4, isIPv6 } from 'node:net';

/** ASCII only, without anything that somebody could read as userinfo, a path or a second port. */
const form = /^(\[[\d.:A-Fa-f]+\]|[\w.-]+):([1-9]\d{0,4})$/;

/**
 * Parses a target.
 *
 * Its `href` is the target in its one form: lower case, without a final dot, IPv6 in short. What a system's resolver takes for an address, but people
 * do not (`127.1`, `0x7f000001`), is refused.
 *
 * @returns `undefined` for what is none; the port must be there
 */
export function parseConnectTarget(text: string): TcpAddress | undefined {
  const [, host, port] = form.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  const plain = plainHost(host);
  return plain === undefined ? undefined : (parseEndpointAddress(`${plain}:${port}`) as TcpAddress);
}

function plainHost(host: string): string | undefined {
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1)) ? host : undefined;
  return isIPv4(host) ? host : normalizeHostName(host);
}
