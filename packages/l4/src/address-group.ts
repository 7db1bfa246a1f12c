// Which client addresses count as one client.

/** How many of the eight groups of an IPv6 address name a client's network: 64 bits, the least that a provider gives one. */
const networkGroups = 4;

/**
 * What connections are counted by: an IPv4 address, also when it comes as IPv6, or the /64 network of an IPv6 address, whose owner has 2^64 of them.
 *
 * @param address - As node writes it; empty where there is none, such as on Unix sockets.
 */
export function addressGroup(address: string): string {
  if (!address.includes(':')) return address;
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice('::ffff:'.length);
  const [before = '', after] = address.split('::');
  const groups = before === '' ? [] : before.split(':');
  const rest = after === undefined || after === '' ? [] : after.split(':');
  while (groups.length + rest.length < 8) groups.push('0');
  return [...groups, ...rest].slice(0, networkGroups).join(':');
}
