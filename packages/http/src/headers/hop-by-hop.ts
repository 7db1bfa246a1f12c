// Removes the fields that are meant for one connection only (RFC 9110 section 7.6.1).
import { clientClaims } from './client-claims.ts';
import type { HeaderList } from './header-list.ts';
import { fieldBits, type FieldBits } from './known-fields.ts';
import { createNameSet, type NameSet } from './name-set.ts';
import { forEachToken } from './token-list.ts';

/** Fields that never pass a proxy. `Trailer` is not among them: it announces end-to-end trailers (RFC 9110 section 6.6.2). */
export const hopByHopNames: NameSet = createNameSet([
  // RFC 9110 section 7.6.1. Transfer-Encoding is framing, which each side writes by itself.
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
  // The companion of `Upgrade: h2c` (RFC 7540 section 3.2.1).
  'http2-settings',
  // Between a client and its proxy (RFC 9110 section 11.7): credentials that an endpoint has no business to see.
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  // No field at all, but CGI makes it HTTP_PROXY, which libraries in the endpoint obey (httpoxy).
  'proxy',
]);

/**
 * Names that `Connection` can not declare hop-by-hop. RFC 9110 section 7.6.1 forbids senders to name fields that are for the final recipient; who does
 * so all the same wants a field to vanish behind the one who checked or wrote it ("hop-by-hop header abuse").
 */
const endToEndNames: NameSet = createNameSet([
  // Where the message goes, how long it is and how its body reads: dropping one makes it another message.
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'content-range',
  'range',
  'expect',
  'trailer',
  // Who asks, and what the answer hands out. A request that lost its credentials on the way may get, and fill a cache with, someone else's answer.
  'authorization',
  'cookie',
  'set-cookie',
  // Who may store it: the RFC's own example of what must not be named.
  'cache-control',
  'vary',
  'date',
  // The account of the proxies on the way, our own included; CDN-Loop must not be removable at all (RFC 8586 section 2).
  'via',
  'cdn-loop',
  ...clientClaims,
]);

/**
 * Removes all hop-by-hop fields in place: the fixed ones, and those that `Connection` names.
 *
 * @returns the names that `Connection` has, if any: such fields are not to pass as trailers either.
 */
export function removeHopByHop(headers: HeaderList): NameSet | undefined {
  let nominated: Set<string> | undefined;
  for (const value of headers.getAll('connection')) nominated = nominate(value, nominated);
  headers.deleteAll(hopByHopNames);
  if (nominated === undefined) return undefined;
  const names = new NominatedNames(nominated);
  headers.deleteAll(names);
  return names;
}

/** Adds what a line of `Connection` names to the set, which stays undefined as long as nothing is named. */
function nominate(value: string, nominated: Set<string> | undefined): Set<string> | undefined {
  if (value === 'keep-alive' || value === 'close') return nominated;
  let names = nominated;
  forEachToken(value, (token) => {
    if (endToEndNames.has(token) || hopByHopNames.has(token)) return;
    names = (names ?? new Set()).add(token.toLowerCase());
  });
  return names;
}

/** Names of one message: compiling a set for them would cost more than it saves. */
class NominatedNames implements NameSet {
  readonly bits: FieldBits;
  readonly #names: ReadonlySet<string>;

  constructor(names: ReadonlySet<string>) {
    this.bits = fieldBits(names);
    this.#names = names;
  }

  has(name: string): boolean {
    return this.#names.has(name.toLowerCase());
  }

  hasAt(text: string, start: number, end: number): boolean {
    return this.has(text.slice(start, end));
  }
}
