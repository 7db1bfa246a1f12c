// Endpoints that are the addresses of one name. What is kept when DNS fails is the follower's matter; how names are asked is address-lookup.ts.
import {
  describeValue,
  parseEndpointAddress,
  pollEndpoints,
  readPart,
  resolveOptions,
  type AbortScope,
  type EndpointSnapshot,
  type EndpointSource,
  type OptionsReader,
  type TcpAddress,
} from '@sluice/core';
import { isIP } from 'node:net';
import { AddressLookup } from './address-lookup.ts';
import { readDns, type DnsOptions } from './dns-options.ts';

/** What `dnsEndpoints` takes besides the name. */
export interface DnsEndpointsOptions extends DnsOptions {
  /** The port of all endpoints, when the name has none. */
  readonly port?: number;
}

/**
 * Makes a source of the addresses of a name: `api.internal:8080`, `https://api.internal`. Asked again when the TTL is over.
 *
 * Names are asked for as they are, of name servers only: neither `/etc/hosts` nor search domains count. Each endpoint has the name in
 * `metadata.name`. With `https:`, tell the proxy the name too, because certificates are for names: `tls: { servername: 'api.internal' }`.
 *
 * @throws OptionsError with every issue
 * @example
 * ```ts
 * import { createTcpProxy, dnsEndpoints } from '@sluice/l4';
 *
 * const proxy = createTcpProxy({ to: dnsEndpoints('db.internal:5432', { maxTtlMs: 10_000 }) });
 * ```
 */
export function dnsEndpoints(name: string, options: DnsEndpointsOptions = {}): EndpointSource {
  const { dns, address } = resolveOptions(options, 'dnsEndpoints', (reader) => ({
    dns: readDns(reader),
    address: readName(reader, name),
  }));
  let known: ReadonlyMap<string, readonly string[]> = new Map();
  const poll = async (scope: AbortScope): Promise<EndpointSnapshot> => {
    const { resolver, cancel } = dns.createResolver();
    scope.onAbort(cancel);
    const lookup = new AddressLookup(dns, resolver, known);
    const { addresses, ttlMs } = await lookup.find(address.host);
    known = lookup.answered;
    const { host, port, secure } = address;
    const endpoints = addresses.map((ip) => ({ address: formatAddress(ip, port, secure), metadata: { name: host } }));
    return { endpoints, ttlMs };
  };
  return pollEndpoints({ name: `dns:${address.host}`, poll, ...dns.poll });
}

/** An address as endpoints have it. */
export function formatAddress(ip: string, port: number, secure: boolean): string {
  return `${secure ? 'https://' : ''}${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
}

/** The name and the port, from both places. Something harmless when they are wrong, which is noted. */
function readName(reader: OptionsReader, name: string): TcpAddress {
  const port = reader.integer('port', { min: 1, max: 65_535 });
  const text = port === undefined ? name : `${name}:${port}`;
  const address = readPart(
    reader,
    () => 'name',
    () => parseEndpointAddress(text),
  );
  if (address?.kind === 'tcp' && isIP(address.host) === 0) return address;
  if (address !== undefined) reader.issue('name', `must be a name that DNS knows, got ${describeValue(name)}`);
  return parseEndpointAddress('nobody.invalid:1') as TcpAddress;
}
