// Reads the option that says whom to believe about the client. How the belief is used is forwarded-chain.ts.
import { describeValue, isProxyError, type OptionsReader } from '@sluice/core';
import { createAddressList } from '@sluice/l4';
import type { Trust } from './forwarded-chain.ts';

const namedRanges: ReadonlyMap<string, readonly string[]> = new Map([
  ['loopback', ['127.0.0.0/8', '::1/128']],
  // RFC 1918 and RFC 4193.
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
  // Not a range: whoever may open our Unix socket.
  ['unix', []],
]);

/** Reads a `TrustedProxiesOption`; `undefined` when nobody is trusted. */
export function readTrust(reader: OptionsReader, key: string): Trust | undefined {
  const option = reader.raw(key) ?? false;
  if (option === false || option === 0) return undefined;
  if (typeof option === 'function') return option as Trust;
  if (Array.isArray(option)) return readAddresses(reader, key);
  if (typeof option === 'number' && Number.isSafeInteger(option) && option > 0) return (_address, hop) => hop < option;
  const expected = 'must be false, a number of proxies, a list of addresses, or a function';
  reader.issue(key, `${expected}, got ${describeValue(option)}`);
  return undefined;
}

function readAddresses(reader: OptionsReader, key: string): Trust {
  const entries = reader.list(key, (value, path) => {
    const ranges = typeof value === 'string' ? (namedRanges.get(value) ?? readCidr(value)) : undefined;
    if (ranges !== undefined) return { value, ranges };
    const expected = 'must be an IP address, a network such as 10.0.0.0/8, or loopback, private or unix';
    reader.issue(path, `${expected}, got ${describeValue(value)}`);
    return undefined;
  });
  const addresses = createAddressList(entries.flatMap(({ ranges }) => ranges));
  const trustsUnix = entries.some(({ value }) => value === 'unix');
  return (address) => (address === '' ? trustsUnix : addresses.has(address));
}

function readCidr(cidr: string): readonly string[] | undefined {
  try {
    createAddressList([cidr]);
    return [cidr];
  } catch (error) {
    if (isProxyError(error)) return undefined;
    throw error;
  }
}
