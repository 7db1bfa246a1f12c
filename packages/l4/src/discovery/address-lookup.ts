// The addresses of names, both families at once. A family whose server can not tell keeps the addresses that it had: half an answer must not
// take away the other half.
import { coreError } from '@sluice/core';
import type { RecordWithTtl } from 'node:dns';
import type { DnsResolver, ResolvedDns } from './dns-options.ts';

/** What a name means for some time. */
export interface NameAddresses {
  /** Each once; in no order. */
  readonly addresses: readonly string[];
  /** How long that holds, within the limits of the options. */
  readonly ttlMs: number;
}

/** How long it holds that there is nothing, or that some of it is old: nobody has said. */
const unknownTtlMs = 5_000;

/** Looks up names in one round of questions. */
export class AddressLookup {
  /** What each family of each name was, for the next round. */
  readonly answered: Map<string, readonly string[]> = new Map();
  readonly #options: ResolvedDns;
  readonly #resolver: DnsResolver;
  readonly #before: ReadonlyMap<string, readonly string[]>;

  /** @param before - `answered` of the round before. */
  constructor(options: ResolvedDns, resolver: DnsResolver, before: ReadonlyMap<string, readonly string[]>) {
    this.#options = options;
    this.#resolver = resolver;
    this.#before = before;
  }

  /**
   * What a name means. Without addresses: its servers say that it has none.
   *
   * @throws ProxyError `SLUICE_DISCOVERY_FAILED` when there is no answer
   */
  async find(name: string): Promise<NameAddresses> {
    const { families } = this.#options;
    const answers = await Promise.allSettled(families.map((family) => this.#ask(name, family)));
    const addresses = new Set<string>();
    let failure: unknown;
    let ttlMs = Infinity;
    for (const [index, answer] of answers.entries()) {
      const key = `${families[index]} ${name}`;
      const records = answer.status === 'fulfilled' ? answer.value : [];
      if (answer.status === 'rejected') failure = answer.reason;
      const found = answer.status === 'rejected' ? this.#before.get(key) : records.map(({ address }) => address);
      this.answered.set(key, found ?? []);
      for (const address of found ?? []) addresses.add(address);
      for (const { ttl } of records) ttlMs = Math.min(ttlMs, ttl * 1_000);
    }
    // That all families fail is a failure; that one does is one when the other has nothing, because then nobody knows what there is.
    if (answers.every(({ status }) => status === 'rejected') || (failure !== undefined && addresses.size === 0))
      throw noAnswer(name, failure);
    if (ttlMs === Infinity || failure !== undefined) ttlMs = Math.min(ttlMs, unknownTtlMs);
    return this.#limit(addresses, ttlMs);
  }

  /** What a name was when it could be told last, for one that can not be told now. */
  lastKnown(name: string): NameAddresses {
    const addresses = this.#options.families.flatMap((family) => this.#before.get(`${family} ${name}`) ?? []);
    return this.#limit(new Set(addresses), unknownTtlMs);
  }

  #limit(addresses: ReadonlySet<string>, ttlMs: number): NameAddresses {
    const { minTtlMs, maxTtlMs } = this.#options;
    return { addresses: [...addresses], ttlMs: Math.min(maxTtlMs, Math.max(minTtlMs, ttlMs)) };
  }

  async #ask(name: string, family: 4 | 6): Promise<readonly RecordWithTtl[]> {
    try {
      const options = { ttl: true } as const;
      return await (family === 4 ? this.#resolver.resolve4(name, options) : this.#resolver.resolve6(name, options));
    } catch (error) {
      return emptyWhenUnknown(error);
    }
  }
}

/** Nothing, when the servers say that there is no such name, or that it has no such records. @throws every other error */
export function emptyWhenUnknown(error: unknown): readonly never[] {
  const { code } = error as { code?: string };
  if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
  throw error;
}

/** The error for a name about which nobody could tell anything. */
export function noAnswer(name: string, cause: unknown): Error {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return coreError('SLUICE_DISCOVERY_FAILED', `no answer for ${name}: ${detail}`, { cause });
}
