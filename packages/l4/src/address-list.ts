// A set of addresses, given as CIDRs.
import { describeValue, OptionsError } from '@sluice/core';
import { BlockList, isIP } from 'node:net';

/** Tells whether an address is in a set. */
export interface AddressList {
  /** `false` for anything that is not an IP address. An IPv4 address in IPv6 form (`::ffff:192.0.2.1`) is that IPv4 address. */
  has(address: string): boolean;
}

/**
 * Makes a set of addresses from `192.0.2.0/24`, `2001:db8::/32` and single addresses.
 *
 * @throws OptionsError with every entry that is neither.
 */
export function createAddressList(entries: readonly string[]): AddressList {
  const list = new BlockList();
  const issues = entries.flatMap((entry, index) => {
    if (addEntry(list, entry)) return [];
    return [{ path: `[${index}]`, message: `must be an IP address or a CIDR, got ${describeValue(entry)}` }];
  });
  if (issues.length > 0) throw new OptionsError(issues);
  return {
    has(address) {
      const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
      const version = isIP(plain);
      return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
    },
  };
}

function addEntry(list: BlockList, entry: string): boolean {
  const [network = '', prefix, ...rest] = entry.split('/');
  const version = isIP(network);
  if (version === 0 || rest.length > 0) return false;
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (prefix === undefined) {
    list.addAddress(network, family);
    return true;
  }
  const bits = Number(prefix);
  if (!/^\d{1,3}$/.test(prefix) || bits > (version === 6 ? 128 : 32)) return false;
  list.addSubnet(network, bits, family);
  return true;
}
