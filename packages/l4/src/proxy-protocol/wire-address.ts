// Addresses as version 2 writes them, both ways: 4 bytes, 16 bytes, or 108 bytes of a Unix socket's path.
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { withoutZone } from '../address-zone.ts';
import { addressBytes, unixFamily } from './header-octets.ts';
import { readText } from './wire-text.ts';

const unixBytes = addressBytes[unixFamily] as number;

/** The text of an IPv4 address. */
export function readIPv4(bytes: Uint8Array): string {
  return bytes.join('.');
}

/** The text of an IPv6 address, in the form that node gives to those of sockets. */
export function readIPv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return normalIPv6(groups.join(':'));
}

/** One IPv6 address has many texts; hashing, limits and lists need one. */
export function normalIPv6(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

/** The path of a Unix socket; `undefined` when it has characters that no sane path has. */
export function readUnixPath(bytes: Buffer): string | undefined {
  // An abstract name starts with a NUL; its length is lost, as trailing NULs are the padding.
  const isAbstract = bytes[0] === 0;
  const end = bytes.indexOf(0, isAbstract ? 1 : 0);
  const path = readText(bytes.subarray(isAbstract ? 1 : 0, end < 0 ? bytes.length : end));
  return isAbstract && path !== undefined && path !== '' ? `@${path}` : path;
}

/** The bytes of an IPv4 address. */
export function writeIPv4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

/** The bytes of an IPv6 address, or of an IPv4 address as a part of IPv6. */
export function writeIPv6(address: string): Buffer {
  if (isIPv4(address)) return Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), writeIPv4(address)]);
  const text = normalIPv6(withoutZone(address));
  const dotted = text.slice(text.lastIndexOf(':') + 1);
  const hex = isIPv4(dotted) ? text.slice(0, -dotted.length) + toGroups(dotted) : text;
  const [head = '', tail = ''] = hex.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function groupsOf(text: string): string[] {
  return text === '' ? [] : text.split(':');
}

function toGroups(dotted: string): string {
  const bytes = writeIPv4(dotted);
  return `${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`;
}

/** The bytes of a Unix socket's path. What is too long for the field is left out: a part of a path is another path. */
export function writeUnixPath(path: string): Buffer {
  const field = Buffer.alloc(unixBytes);
  const bytes = Buffer.from(path.length > 1 && path.startsWith('@') ? `\0${path.slice(1)}` : path);
  if (bytes.length <= unixBytes) bytes.copy(field);
  return field;
}

/** The IPv4 address in an IPv6 address of the form `::ffff:a.b.c.d`, which is how an IPv4 client looks on a socket of both families. */
export function unmappedIPv4(address: string): string {
  const dotted = address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : '';
  return isIPv4(dotted) ? dotted : address;
}

/** Whether a text is an IPv6 address of one machine: those with a zone mean something on their own link only. */
export function isPlainIPv6(address: string): boolean {
  return isIPv6(address) && !address.includes('%');
}
