// The edits of response fields that options ask for, compiled once: where the endpoint's name leaks, and what it says of itself.
import type { OptionsReader } from '@sluice/core';
import type { ProxyExchange } from '../exchange.ts';
import type { HeaderList } from '../headers/header-list.ts';
import { rewriteLocation, type LocationOptions, type LocationPolicy } from '../headers/location.ts';
import { rewriteSetCookie, type CookieOptions, type CookiePolicy } from '../headers/set-cookie.ts';
import type { ResponseEdit } from './relay-response.ts';

/** What becomes of a response's fields on their way to the client. */
export interface ResponseFieldOptions {
  /** `Location` and `Content-Location`; `false` leaves them alone. @defaultValue the endpoint's own origin becomes the client's view of us */
  readonly location?: false | LocationOptions;
  /** `Set-Cookie`. @defaultValue left alone */
  readonly cookies?: CookieOptions;
  /** Fields that are removed, such as `['Server', 'X-Powered-By']`. @defaultValue none */
  readonly hide?: readonly string[];
}

/** Reads the options and compiles their edits. */
export function readResponseEdits(reader: OptionsReader): readonly ResponseEdit[] {
  const edits: ResponseEdit[] = [];
  const hidden = reader.list('hide', (value, path) => {
    if (typeof value === 'string') return value;
    reader.issue(path, 'must be the name of a field');
    return undefined;
  });
  if (hidden.length > 0) edits.push((headers) => hideFields(headers, hidden));
  if (reader.raw('location') !== false) edits.push(locationEdit(reader.nested('location', readLocation)));
  if (reader.has('cookies')) edits.push(cookieEdit(reader.nested('cookies', readCookies)));
  return edits;
}

function hideFields(headers: HeaderList, names: readonly string[]): void {
  for (const name of names) headers.delete(name);
}

function locationEdit(policy: LocationPolicy): ResponseEdit {
  return (headers, exchange, lease) => {
    for (const name of ['Location', 'Content-Location']) {
      const url = headers.get(name);
      if (url === undefined) continue;
      const view = { endpointAuthority: lease.endpoint.address.authority, clientOrigin: clientOrigin(exchange) };
      const rewritten = rewriteLocation(url, policy, view);
      if (rewritten !== url) headers.set(name, rewritten);
    }
  };
}

function clientOrigin({ client }: ProxyExchange): string | undefined {
  return client.host === undefined ? undefined : `${client.protocol}://${client.host}`;
}

function cookieEdit(policy: CookiePolicy): ResponseEdit {
  return (headers) => {
    const cookies = headers.getAll('set-cookie');
    if (cookies.length === 0) return;
    headers.delete('set-cookie');
    for (const cookie of cookies) headers.append('Set-Cookie', rewriteSetCookie(cookie, policy));
  };
}

function readLocation(reader: OptionsReader): LocationPolicy {
  return {
    endpointOrigin: reader.boolean('endpointOrigin', { default: true }),
    prefixes: readTexts(reader, 'prefixes'),
  };
}

function readCookies(reader: OptionsReader): CookiePolicy {
  const domain = reader.raw('domain');
  if (domain === undefined || domain === false || typeof domain === 'string')
    return { domain, paths: readTexts(reader, 'path') };
  return { domain: Object.fromEntries(readTexts(reader, 'domain')), paths: readTexts(reader, 'path') };
}

/** A map of texts, the longest key first, so that the most specific rule wins. */
function readTexts(reader: OptionsReader, key: string): readonly (readonly [string, string])[] {
  const value = reader.raw(key) ?? {};
  if (typeof value !== 'object' || value === null || Object.values(value).some((text) => typeof text !== 'string')) {
    reader.issue(key, 'must be an object whose values are text');
    return [];
  }
  return Object.entries(value as Record<string, string>).toSorted(([one], [other]) => other.length - one.length);
}
