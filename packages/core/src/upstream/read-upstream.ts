// Reads the two options by which every kind of proxy is told where its work goes: `to` and `upstream`.
import { isEndpointSource } from '../discovery/endpoint-source.ts';
import { describeValue } from '../options/describe-value.ts';
import { OptionsError } from '../options/options-error.ts';
import type { OptionsReader } from '../options/options-reader.ts';
import { createUpstream } from './create-upstream.ts';
import type { UpstreamOptions } from './upstream-options.ts';
import { isUpstream, type Upstream } from './upstream.ts';

/** An upstream that a proxy was given, or has made. */
export interface ReadUpstream {
  /** The upstream. */
  readonly upstream: Upstream;
  /** Whether it was made here: then the proxy closes it. */
  readonly ownsUpstream: boolean;
}

/**
 * Reads `to` (addresses of endpoints, or a source of them) or `upstream` (an upstream, or the options to make one). What is wrong is noted in the reader.
 *
 * @param injected - The proxy's clock and chance, for an upstream that is made here.
 * @returns `undefined` when neither is there.
 */
export function readUpstream(
  reader: OptionsReader,
  injected: Pick<UpstreamOptions, 'clock' | 'random'>,
): ReadUpstream | undefined {
  const to = (reader.raw('to') ?? undefined) as string | UpstreamOptions['endpoints'] | undefined;
  const upstream = (reader.raw('upstream') ?? undefined) as Upstream | UpstreamOptions | undefined;
  if (to === undefined && upstream === undefined) return undefined;
  if (to !== undefined && upstream !== undefined) reader.issue('to', 'must be given instead of upstream, not both');
  if (isUpstream(upstream)) return { upstream, ownsUpstream: false };
  const made = upstream === undefined ? readTo(reader, to, injected) : readOptions(reader, upstream, injected);
  return made === undefined ? undefined : { upstream: made, ownsUpstream: true };
}

function readTo(
  reader: OptionsReader,
  to: unknown,
  injected: Pick<UpstreamOptions, 'clock' | 'random'>,
): Upstream | undefined {
  const isOne = typeof to === 'string';
  if (!isOne && !Array.isArray(to) && !isEndpointSource(to)) {
    reader.issue('to', `must be an address, a list of endpoints or a source of them, got ${describeValue(to)}`);
    return undefined;
  }
  const endpoints: UpstreamOptions['endpoints'] = isOne ? [to] : to;
  // The issues of `endpoints[1].weight` are those of `to[1].weight`.
  const place = (path: string): string => (isOne ? 'to' : path.replace('endpoints', 'to'));
  return readPart(reader, place, () => createUpstream({ ...injected, endpoints }));
}

function readOptions(
  reader: OptionsReader,
  options: UpstreamOptions,
  injected: Pick<UpstreamOptions, 'clock' | 'random'>,
): Upstream | undefined {
  if (typeof options === 'object' && !Array.isArray(options))
    return readPart(reader, 'upstream', () => createUpstream({ ...injected, ...options }));
  const expected = 'must be an upstream or the options of one';
  reader.issue('upstream', `${expected}, got ${describeValue(options)}; addresses go into to`);
  return undefined;
}

/**
 * Makes a part that has options of its own; its issues become issues of the whole.
 *
 * @param place - The key of the part, or where an issue of the part stands in the whole.
 */
export function readPart<Part>(
  reader: OptionsReader,
  place: string | ((path: string) => string),
  factory: () => Part,
): Part | undefined {
  try {
    return factory();
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    for (const { path, message } of error.issues)
      reader.issue(typeof place === 'string' ? `${place}.${path}` : place(path), message);
    return undefined;
  }
}
