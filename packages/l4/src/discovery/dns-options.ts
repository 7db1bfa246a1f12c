// What the sources that ask DNS can be told, their defaults, and the one place where both are read.
import { describeValue, readPoll, type OptionsReader, type PollOptions, type ResolvedPoll } from '@sluice/core';
import { Resolver } from 'node:dns/promises';

/** What is asked for names: `Resolver` of `node:dns/promises`, or something with the same functions. */
export type DnsResolver = Pick<Resolver, 'resolve4' | 'resolve6' | 'resolveSrv'>;

/** Which addresses are wanted. */
export type DnsFamily = 4 | 6 | 'both';

/** What every source that asks DNS can be told. */
export interface DnsOptions extends PollOptions {
  /** Which addresses are asked for: IPv4, IPv6, or both. @defaultValue `'both'` */
  readonly family?: DnsFamily;
  /** An answer holds at least this long, whatever its TTL, in milliseconds. @defaultValue 1000 */
  readonly minTtlMs?: number;
  /** An answer holds at most this long, whatever its TTL, in milliseconds. @defaultValue 30000 */
  readonly maxTtlMs?: number;
  /** The name servers to ask, as addresses with a port if need be. @defaultValue the system's */
  readonly servers?: readonly string[];
  /** What is asked instead, such as a `Resolver` of yours. Its questions are not cancelled when the source ends. @defaultValue a resolver for each question */
  readonly resolver?: DnsResolver;
}

/** A resolver for one round of questions, and how to give them up. */
export interface OneResolver {
  readonly resolver: DnsResolver;
  readonly cancel: () => void;
}

/** `DnsOptions`, complete. */
export interface ResolvedDns {
  readonly families: readonly (4 | 6)[];
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  readonly createResolver: () => OneResolver;
  readonly poll: ResolvedPoll;
}

const families: readonly DnsFamily[] = [4, 6, 'both'];

/** Reads `DnsOptions`. */
export function readDns(reader: OptionsReader): ResolvedDns {
  const poll = readPoll(reader);
  const family = (reader.raw('family') ?? 'both') as DnsFamily;
  if (!families.includes(family)) reader.issue('family', `must be 4, 6 or both, got ${describeValue(family)}`);
  const minTtlMs = reader.number('minTtlMs', { default: 1_000, min: 1, max: 86_400_000 });
  return {
    families: family === 'both' ? [4, 6] : [family],
    minTtlMs,
    maxTtlMs: reader.number('maxTtlMs', { default: Math.max(30_000, minTtlMs), min: minTtlMs, max: 86_400_000 }),
    createResolver: readResolver(reader, poll.timeoutMs),
    poll,
  };
}

function readResolver(reader: OptionsReader, timeoutMs: number): () => OneResolver {
  const given = reader.raw('resolver') as DnsResolver | undefined;
  const servers = readServers(reader);
  if (given !== undefined) {
    const functions = [given.resolve4, given.resolve6, given.resolveSrv];
    if (functions.some((member) => typeof member !== 'function'))
      reader.issue('resolver', 'must have the functions resolve4, resolve6 and resolveSrv');
    if (servers !== undefined) reader.issue('servers', 'are for the default resolver and can not go with resolver');
    return () => ({ resolver: given, cancel: () => {} });
  }
  return () => {
    // A quarter, and after it twice as much for the second try: both fit into the time.
    const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / 4), tries: 2 });
    if (servers !== undefined) resolver.setServers(servers);
    return { resolver, cancel: () => resolver.cancel() };
  };
}

function readServers(reader: OptionsReader): readonly string[] | undefined {
  if (!reader.has('servers')) return undefined;
  const servers = reader.list('servers', (server) => String(server));
  try {
    new Resolver().setServers(servers);
    if (servers.length === 0) reader.issue('servers', 'must not be empty');
  } catch (error) {
    reader.issue('servers', `must be addresses: ${(error as Error).message}`);
  }
  return servers;
}
