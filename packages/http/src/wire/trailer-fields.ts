// Which fields may stand in a trailer section. Those that say how a message is framed, routed, authenticated or read must be in the head
// (RFC 9110 section 6.5.1); one that came late would reach those behind us who merge trailers into the head.
import type { HeaderList } from '../headers/header-list.ts';
import { hopByHopNames } from '../headers/hop-by-hop.ts';

const framing = 'content-length trailer';
const routing = 'host forwarded via x-real-ip';
const credentials = 'authorization cookie set-cookie www-authenticate';
const handling = 'cache-control content-encoding content-range content-type expect location max-forwards range';

const forbidden: ReadonlySet<string> = new Set(`${framing} ${routing} ${credentials} ${handling}`.split(' '));

/** Whether a field must not be sent or believed in a trailer section. */
export function isForbiddenTrailer(name: string): boolean {
  // Careless servers read `_` as `-`.
  const lower = name.toLowerCase().replaceAll('_', '-');
  return hopByHopNames.has(lower) || forbidden.has(lower) || lower.startsWith('x-forwarded-');
}

/** The trailers that may pass; `undefined` when none is left. */
export function allowedTrailers(trailers: HeaderList): HeaderList | undefined {
  const dropped: string[] = [];
  trailers.forEach((name) => {
    if (isForbiddenTrailer(name)) dropped.push(name);
  });
  if (dropped.length === 0) return trailers.size === 0 ? undefined : trailers;
  const allowed = trailers.clone();
  for (const name of dropped) allowed.delete(name);
  return allowed.size === 0 ? undefined : allowed;
}
