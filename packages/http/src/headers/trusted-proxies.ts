// Reads the option that says whom to believe about the client. How the belief is used is forwarded-chain.ts.
import { describeValue, type OptionsReader } from '@sluice/core';
import { readAddressList } from '@sluice/l4';
import type { Trust } from './forwarded-chain.ts';

/** Reads a `TrustedProxiesOption`; `undefined` when nobody is trusted. */
export function readTrust(reader: OptionsReader, key: string): Trust | undefined {
  const option = reader.raw(key) ?? false;
  if (option === false || option === 0) return undefined;
  if (typeof option === 'function') return option as Trust;
  if (Array.isArray(option)) {
    const addresses = readAddressList(reader, key);
    return (address) => addresses.has(address);
  }
  if (typeof option === 'number' && Number.isSafeInteger(option) && option > 0) return (_address, hop) => hop < option;
  const expected = 'must be false, a number of proxies, a list of addresses, or a function';
  reader.issue(key, `${expected}, got ${describeValue(option)}`);
  return undefined;
}
