// Sets of IP addresses, written as CIDRs.
import { describeValue, resolveOptions } from '@sluice/core';
import { BlockList, isIP } from 'node:net';

/** A set of addresses. */
export interface AddressList {
  /**
   * Whether an IP address is in the set; what is no address is not. An IPv4 address counts in either of its forms, `a.b.c.d` and
   * `::ffff:a.b.c.d`.
   */
  has(address: string): boolean;
}

/**
 * Makes the set of some networks (`10.0.0.0/8`, `fc00::/7`) and single addresses. Bits behind the prefix do not matter.
 *
 * @param name - What the list is, for messages.
 * @throws OptionsError with an issue for each entry that is none: `addresses[1] must be …`
 */
export function createAddressList(cidrs: readonly string[], name = 'addresses'): AddressList {
  const blocks = new BlockList();
  resolveOptions({ [name]: cidrs }, name, (reader) =>
    reader.list(name, (value, path) => {
      if (typeof value === 'string' && addNetwork(blocks, value)) return;
      reader.issue(path, `must be an IP address or a network such as 10.0.0.0/8, got ${describeValue(value)}`);
    }),
  );
  // A connection's requests ask for the same address again and again, and a look-up in a BlockList takes half a microsecond.
  let lastAddress = '';
  let lastAnswer = false;
  return {
    has(address) {
      if (address === lastAddress) return lastAnswer;
      lastAddress = address;
      lastAnswer = isListed(blocks, address);
      return lastAnswer;
    },
  };
}

function isListed(blocks: BlockList, address: string): boolean {
  const family = isIP(address);
  // BlockList itself sees the IPv4 address in a mapped one.
  return family !== 0 && blocks.check(withoutZone(address), family === 4 ? 'ipv4' : 'ipv6');
}

/** Link-local addresses come with the interface that they are on: `fe80::1%eth0`. */
function withoutZone(address: string): string {
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
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
