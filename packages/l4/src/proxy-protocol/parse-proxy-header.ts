// Reads a header of the PROXY protocol from the first bytes of a connection or datagram. Pure; the rules are those of HAProxy's
// proxy-protocol.txt. What is inside is read by parse-text-header.ts (version 1) and parse-binary-header.ts (version 2).
import { binarySignature, fixedBytes, textSignature } from './header-octets.ts';
import { parseBinaryHeader } from './parse-binary-header.ts';
import { parseTextHeader } from './parse-text-header.ts';
import { ProxyHeaderError } from './proxy-header-error.ts';
import type { ParsedProxyHeader } from './proxy-header.ts';

/** How long a header may be. */
export interface ProxyHeaderLimits {
  /** The most bytes of a header of version 2, all of it; those of version 1 have 107 at most. @defaultValue 4096, as in nginx */
  readonly maxHeaderBytes?: number;
}

/** The default of `maxHeaderBytes`. */
export const defaultMaxHeaderBytes = 4096;
/** The least that `maxHeaderBytes` may be: what two paths of Unix sockets take. */
export const leastMaxHeaderBytes: number = fixedBytes + 216;
/** The most bytes that a header of version 2 can have, by its length field. */
export const mostHeaderBytes: number = fixedBytes + 0xffff;

/** What a first byte, or a few of them, can be the start of. */
export type ProxySignature = 'text' | 'binary' | 'part' | 'none';

/** Says whether bytes start with a header; `part`: so far they look like it. */
export function findProxySignature(bytes: Uint8Array): ProxySignature {
  if (startsWith(bytes, textSignature)) return bytes.length < textSignature.length ? 'part' : 'text';
  if (startsWith(bytes, binarySignature)) return bytes.length < binarySignature.length ? 'part' : 'binary';
  return 'none';
}

/** Whether one starts with the other, as far as there are bytes. */
function startsWith(bytes: Uint8Array, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  for (let index = 0; index < length; index++) if (bytes[index] !== signature[index]) return false;
  return true;
}

/**
 * Reads a header, either version.
 *
 * What it says of the first bytes, it says of all that start with them: a header is refused as early as possible, and how the bytes were cut
 * on their way makes no difference.
 *
 * @returns `undefined` when there is more to come
 * @throws ProxyHeaderError (`SLUICE_PROXY_HEADER_INVALID`) when this is no header, or a malformed one
 *
 * @example
 * ```ts
 * const parsed = parseProxyHeader(Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.9 50000 443\r\nhello'));
 * console.log(parsed?.header.source?.address, parsed?.bytesRead); // 192.0.2.1 42
 * ```
 */
export function parseProxyHeader(bytes: Buffer, limits: ProxyHeaderLimits = {}): ParsedProxyHeader | undefined {
  const signature = findProxySignature(bytes);
  if (signature === 'none') {
    throw new ProxyHeaderError('missing', 'is missing: the connection starts with something else');
  }
  if (signature === 'part') return undefined;
  if (signature === 'text') return parseTextHeader(bytes);
  return parseBinaryHeader(bytes, limits.maxHeaderBytes ?? defaultMaxHeaderBytes);
}
