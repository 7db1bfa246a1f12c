// Reads the two options by which every kind of proxy is told where its work goes: `to` and `upstream`.
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
 * Reads `to` (addresses of endpoints) or `upstream` (an upstream, or the options to make one). What is wrong is noted in the reader.
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
  const given = upstream ?? { endpoints: typeof to === 'string' ? [to] : (to ?? []) };
  const key = upstream === undefined ? 'to' : 'upstream';
  const made = readPart(reader, key, () => createUpstream({ ...injected, ...given }));
  return made === undefined ? undefined : { upstream: made, ownsUpstream: true };
}

/** Makes a part that has options of its own; its issues become issues of the whole. */
export function readPart<Part>(reader: OptionsReader, key: string, factory: () => Part): Part | undefined {
  try {
    return factory();
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    for (const { path, message } of error.issues)
      reader.issue(`${key}${path.startsWith('[') ? '' : '.'}${path}`, message);
    return undefined;
  }
}
