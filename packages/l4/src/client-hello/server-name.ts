// Reads the name in an SNI extension (RFC 6066 section 3) and brings it into the one form in which names are compared.
import { isIPv4, isIPv6 } from 'node:net';
import type { ByteCursor } from './byte-cursor.ts';
import { ClientHelloError } from './client-hello-error.ts';

const hostNameType = 0;
/** RFC 1035 section 2.3.4. */
const longestName = 253;
const longestLabel = 63;

const dot = 0x2e;

/** 1 for what may stand in a label: letters, digits, hyphens, and the underscores that real names have. */
const labelBytes: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[\w-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);

/**
 * Reads an SNI extension.
 *
 * @returns the name; `undefined` for an IP address, and when only names of other kinds are there.
 * @throws ClientHelloError
 */
export function readServerName(extension: ByteCursor): string | undefined {
  const list = extension.onlyVector(extension.uint16());
  let name: ByteCursor | undefined;
  while (!list.isAtEnd) {
    const type = list.uint8();
    const entry = list.vector(list.uint16());
    if (type !== hostNameType) continue;
    // "MUST NOT contain more than one name of the same name_type": which one counts would be anybody's guess.
    if (name !== undefined) throw new ClientHelloError('server-name', 'has two server names');
    name = entry;
  }
  return name && normalize(name);
}

function normalize(name: ByteCursor): string | undefined {
  const { bytes, at } = name;
  // RFC 6066 has no final dot; some clients send the one that the user typed.
  const end = name.length > 1 && bytes[name.end - 1] === dot ? name.end - 1 : name.end;
  const text = name.text().slice(0, end - at);
  if (isHostName(bytes, at, end)) return isIPv4(text) ? undefined : text.toLowerCase();
  if (isIPv6(text)) return undefined;
  throw new ClientHelloError('server-name', 'has a server name that is no host name');
}

function isHostName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > longestName) return false;
  let labelStart = start;
  for (let at = start; at <= end; at++) {
    if (at < end && labelBytes[bytes[at] as number] === 1) continue;
    if (at < end && bytes[at] !== dot) return false;
    if (at === labelStart || at - labelStart > longestLabel) return false;
    labelStart = at + 1;
  }
  return true;
}
