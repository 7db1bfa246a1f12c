// Answers for `localhost` without asking anybody: a hosts file may know only one of its two families. No other name is looked up here.
import type { LookupFunction } from 'node:net';

/** Whether a name means this machine: `localhost`, and all names under it (RFC 6761 section 6.3). */
export function isLoopbackName(host: string): boolean {
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  const tail = name.slice(-'localhost'.length).toLowerCase();
  return tail === 'localhost' && (name.length === tail.length || name.at(-1 - tail.length) === '.');
}

const addresses = [
  { address: '::1', family: 6 },
  { address: '127.0.0.1', family: 4 },
];

/** A `lookup` for `net.connect` that gives both loopback addresses, IPv6 first as RFC 6724 orders them. */
export const loopbackLookup: LookupFunction = (_host, _options, callback) => {
  // Never at once: listeners of the socket must be there before its connect starts, as with a real lookup.
  process.nextTick(callback, null, addresses);
};
