// Where the proxy is, and what it makes of that: the option and where it is read.
import { describeValue } from '../options/describe-value.ts';
import type { OptionsReader } from '../options/options-reader.ts';

/** Where the proxy is. Endpoints of its own zone come first, then those of its region, then the others. */
export interface LocalityOptions {
  /** The zone of this proxy. */
  readonly zone: string;
  /** The region of this proxy. @defaultValue none: endpoints are in our zone or they are not */
  readonly region?: string;
  /**
   * With fewer healthy endpoints in our zone than this, the zone is too small to be preferred, and all endpoints of the tier are taken together.
   * @defaultValue 0: however few there are
   */
  readonly minHealthyEndpoints?: number;
  /**
   * How many proxies like this one there are in each zone, by its name. Then work stays in our zone only as far as the zone's share of the
   * endpoints allows, so that all endpoints have as much to do. @defaultValue none: all of it stays here while our zone is healthy
   */
  readonly proxies?: Readonly<Record<string, number>>;
}

/** `LocalityOptions`, complete. */
export interface ResolvedLocality {
  readonly zone: string;
  readonly region: string | undefined;
  readonly minHealthyEndpoints: number;
  readonly proxies: ReadonlyMap<string, number> | undefined;
}

/** Reads the option `locality`; `undefined` when places do not matter. */
export function readLocality(reader: OptionsReader): ResolvedLocality | undefined {
  if ((reader.raw('locality') ?? false) === false) return undefined;
  return reader.nested('locality', (locality) => {
    if (!locality.has('zone')) locality.issue('zone', 'must be given');
    const zone = locality.string('zone', { default: '' });
    return {
      zone,
      region: locality.string('region'),
      minHealthyEndpoints: locality.integer('minHealthyEndpoints', { default: 0, min: 0 }),
      proxies: readProxies(locality, zone),
    };
  });
}

function readProxies(reader: OptionsReader, zone: string): ReadonlyMap<string, number> | undefined {
  if (!reader.has('proxies')) return undefined;
  return reader.nested('proxies', (proxies) => {
    const names = Object.keys(reader.raw('proxies') ?? {});
    const counts = new Map(names.map((name) => [name, proxies.number(name, { default: 0, min: 0 })]));
    if (zone !== '' && (counts.get(zone) ?? 0) === 0)
      proxies.issue(zone, `must be above 0, as this proxy is there, got ${describeValue(counts.get(zone))}`);
    return counts;
  });
}
