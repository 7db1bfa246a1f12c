// Endpoints that SRV records list (RFC 2782): a name for a service, which has targets with ports, priorities and weights.
import {
  pollEndpoints,
  resolveOptions,
  type AbortScope,
  type EndpointSnapshot,
  type EndpointSource,
  type OptionsReader,
} from '@sluice/core';
import type { SrvRecord } from 'node:dns';
import { AddressLookup, emptyWhenUnknown, noAnswer, type NameAddresses } from './address-lookup.ts';
import { formatAddress } from './dns-endpoints.ts';
import { readDns, type DnsOptions, type DnsResolver, type ResolvedDns } from './dns-options.ts';
import { weighRecords } from './srv-weights.ts';

/** What `srvEndpoints` takes besides the name. */
export interface SrvEndpointsOptions extends DnsOptions {
  /** Whether the endpoints speak TLS. @defaultValue false */
  readonly secure?: boolean;
}

/**
 * Makes a source of the SRV records of a name: `_http._tcp.api.internal`. The targets with the lowest priority number come first, then
 * those with the next one, as `tiers` of the upstream says; weights are shares; the ports are those of the records. A single record with the target `.` says that there is no such service.
 *
 * Node does not tell the TTL of SRV records: they are asked for again with the addresses of their targets, after `maxTtlMs` at the latest. Each
 * endpoint has its target in `metadata.name`.
 *
 * @throws OptionsError with every issue
 * @example
 * ```ts
 * import { createUpstream } from '@sluice/core';
 * import { srvEndpoints } from '@sluice/l4';
 *
 * const upstream = createUpstream({ endpoints: srvEndpoints('_http._tcp.api.internal') });
 * ```
 */
export function srvEndpoints(name: string, options: SrvEndpointsOptions = {}): EndpointSource {
  const { dns, secure } = resolveOptions(options, 'srvEndpoints', (reader) => {
    checkName(reader, name);
    return { dns: readDns(reader), secure: reader.boolean('secure', { default: false }) };
  });
  let known: ReadonlyMap<string, readonly string[]> = new Map();
  const poll = async (scope: AbortScope): Promise<EndpointSnapshot> => {
    const { resolver, cancel } = dns.createResolver();
    scope.onAbort(cancel);
    const records = await findRecords(name, resolver);
    const lookup = new AddressLookup(dns, resolver, known);
    const targets = await findTargets(records, lookup);
    known = lookup.answered;
    const located = records.map((record) => ({
      record,
      addresses: (targets.get(record.name)?.addresses ?? []).map((ip) => formatAddress(ip, record.port, secure)),
    }));
    return { endpoints: weighRecords(located), ttlMs: ttlOf(targets, dns) };
  };
  return pollEndpoints({ name: `srv:${name}`, poll, ...dns.poll });
}

function checkName(reader: OptionsReader, name: unknown): void {
  const isName = typeof name === 'string' && name.length <= 255 && /^[\w-]+(?:\.[\w-]+)*\.?$/.test(name);
  if (!isName) reader.issue('name', 'must be a name such as _http._tcp.api.internal');
}

async function findRecords(name: string, resolver: DnsResolver): Promise<readonly SrvRecord[]> {
  try {
    // The root is how a service says that it does not exist; Node gives it as an empty name.
    return (await resolver.resolveSrv(name).catch(emptyWhenUnknown)).filter(
      (record) => record.name !== '' && record.name !== '.',
    );
  } catch (error) {
    throw noAnswer(name, error);
  }
}

/** The addresses of all targets, each asked for once. A target that nobody can tell about keeps those that it had, unless that is so for all. */
async function findTargets(
  records: readonly SrvRecord[],
  lookup: AddressLookup,
): Promise<ReadonlyMap<string, NameAddresses>> {
  const names = [...new Set(records.map(({ name }) => name))];
  const answers = await Promise.allSettled(names.map((name) => lookup.find(name)));
  const targets = new Map<string, NameAddresses>();
  let failure: unknown;
  for (const [index, answer] of answers.entries()) {
    const name = names[index] ?? '';
    if (answer.status === 'rejected') failure = answer.reason;
    targets.set(name, answer.status === 'fulfilled' ? answer.value : lookup.lastKnown(name));
  }
  const isKnown = answers.some(({ status }, index) => status === 'fulfilled' && hasAddresses(targets, names[index]));
  if (failure !== undefined && !isKnown) throw failure as Error;
  return targets;
}

function hasAddresses(targets: ReadonlyMap<string, NameAddresses>, name = ''): boolean {
  return (targets.get(name)?.addresses.length ?? 0) > 0;
}

function ttlOf(targets: ReadonlyMap<string, NameAddresses>, { minTtlMs, maxTtlMs }: ResolvedDns): number {
  const usual = Math.min(maxTtlMs, Math.max(minTtlMs, 5_000));
  return targets.size === 0 ? usual : Math.min(...Array.from(targets.values(), ({ ttlMs }) => ttlMs));
}
