// Sets of IP addresses, written as CIDRs or by name.
import { describeValue, resolveOptions, type OptionsReader } from '@sluice/core';
import { BlockList, isIP } from 'node:net';
import { withoutZone } from './address-zone.ts';

/** A set of addresses. */
export interface AddressList {
  /**
   * Whether an IP address is in the set; what is no address is not. An IPv4 address counts in either of its forms, `a.b.c.d` and
   * `::ffff:a.b.c.d`. Whoever comes through a Unix socket has the address `''`, which is in the set if it has `unix`.
   */
  has(address: string): boolean;
}

/**
 * What IANA's registries of special-purpose addresses (RFC 6890) do not call globally reachable, and what stands for IPv4 addresses in IPv6: to the
 * machine that translates it, `64:ff9b::7f00:1` is `127.0.0.1`.
 */
const nonPublicRanges: readonly string[] = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24',
  '192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
  '::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10',
  'fec0::/10 ff00::/8',
].flatMap((line) => line.split(' '));

const namedRanges: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['loopback', ['127.0.0.0/8', '::1/128']],
  // RFC 1918 and RFC 4193.
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
  // RFC 3927 and RFC 4291; where clouds tell a machine its secrets.
  ['link-local', ['169.254.0.0/16', 'fe80::/10']],
  ['non-public', nonPublicRanges],
]);

const rangeNames = [...namedRanges.keys(), 'unix'].join(', ');

/**
 * Makes the set of some networks (`10.0.0.0/8`, `fc00::/7`), single addresses, and the names `loopback`, `private`, `link-local`, `non-public`
 * (all of these, and whatever else is no machine of the public internet) and `unix`. Bits behind the prefix do not matter.
 *
 * @param name - What the list is, for messages.
 * @throws OptionsError with an issue for each entry that is none: `addresses[1] must be …`
 */
export function createAddressList(addresses: readonly string[], name = 'addresses'): AddressList {
  return resolveOptions({ [name]: addresses }, name, (reader) => readAddressList(reader, name));
}

/** Reads the list at `key` among other options; its issues are noted there. An absent one is empty. */
export function readAddressList(reader: OptionsReader, key: string): AddressList {
  const blocks = new BlockList();
  let hasUnix = false;
  reader.list(key, (value, path) => {
    if (value === 'unix') hasUnix = true;
    else if (!addNetworks(blocks, namedRanges.get(value) ?? [value])) {
      const expected = `must be an IP address, a network such as 10.0.0.0/8, or one of the names: ${rangeNames}`;
      reader.issue(path, `${expected}, got ${describeValue(value)}`);
    }
  });
  // A connection's requests ask for the same address again and again, and a look-up in a BlockList takes half a microsecond.
  let lastAddress = '';
  let lastAnswer = hasUnix;
  return {
    has(address) {
      if (address === lastAddress) return lastAnswer;
      lastAddress = address;
      lastAnswer = address === '' ? hasUnix : isListed(blocks, address);
      return lastAnswer;
    },
  };
}

function isListed(blocks: BlockList, address: string): boolean {
  const family = isIP(address);
  // BlockList itself sees the IPv4 address in a mapped one.
  return family !== 0 && blocks.check(withoutZone(address), family === 4 ? 'ipv4' : 'ipv6');
}

function addNetworks(blocks: BlockList, cidrs: readonly unknown[]): boolean {
  return cidrs.every((cidr) => typeof cidr === 'string' && addNetwork(blocks, cidr));
}

function addNetwork(blocks: BlockList, cidr: string): boolean {
  const slash = cidr.indexOf('/');
  const address = slash < 0 ? cidr : cidr.slice(0, slash);
  const family = isIP(address);
  if (family === 0 || address.includes('%')) return false;
  const width = family === 4 ? 32 : 128;
  const prefix = slash < 0 ? width : readPrefix(cidr.slice(slash + 1), width);
  if (prefix === undefined) return false;
  blocks.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return true;
}

function readPrefix(text: string, width: number): number | undefined {
  const prefix = /^\d{1,3}$/.test(text) ? Number(text) : Infinity;
  return prefix <= width ? prefix : undefined;
}
