// Rewrites the URLs by which a response sends clients elsewhere, so that an endpoint that names itself does not lead them past the proxy.
import type { OptionsReader } from '@sluice/core';
import type { ClientInfo } from './client-resolver.ts';
import { isSameName } from './field-syntax.ts';
import type { HeaderList } from './header-list.ts';
import { readPrefixRules, type PrefixRule } from './prefix-rules.ts';
import { findRefreshUrl } from './refresh.ts';

/** Which URLs are rewritten. */
export interface LocationOptions {
  /** Whether an absolute URL with the endpoint's own authority gets the scheme and host that the client used. @defaultValue true */
  readonly endpointOrigin?: boolean;
  /**
   * URL prefixes and what they become, the longest match first: `{ 'http://internal.example/app': '/app' }`. A prefix ends where a part of the
   * URL ends. @defaultValue none
   */
  readonly prefixes?: Readonly<Record<string, string>>;
}

/** `LocationOptions`, complete; the prefixes are sorted. */
export interface LocationPolicy {
  readonly endpointOrigin: boolean;
  readonly prefixes: readonly PrefixRule[];
}

/** The endpoint as it may call itself, and the client's view of us. */
export interface LocationView {
  readonly endpointAuthority: string;
  /** Such as `https://shop.example`; `undefined` when the client named no host. */
  readonly clientOrigin: string | undefined;
}

/** The fields that hold URLs of the endpoint. */
const locationFields = [
  ['location', 'Location'],
  ['content-location', 'Content-Location'],
  ['refresh', 'Refresh'],
] as const;

/** The defaults of `LocationOptions`. */
export const locationDefaults: LocationPolicy = Object.freeze({ endpointOrigin: true, prefixes: Object.freeze([]) });

/** Reads the options as a part of others. */
export function readLocationOptions(reader: OptionsReader): LocationPolicy {
  return Object.freeze({
    endpointOrigin: reader.boolean('endpointOrigin', { default: locationDefaults.endpointOrigin }),
    prefixes: readPrefixRules(reader, 'prefixes'),
  });
}

/** Rewrites `Location`, `Content-Location` and `Refresh` of a response, in place. */
export function rewriteLocations(
  headers: HeaderList,
  policy: LocationPolicy,
  endpointAuthority: string,
  client: ClientInfo,
): void {
  for (const [name, spelling] of locationFields) {
    const value = headers.get(name);
    if (value === undefined) continue;
    const { start, end } = name === 'refresh' ? findRefreshUrl(value) : { start: 0, end: value.length };
    const url = value.slice(start, end);
    const rewritten = rewriteLocation(url, policy, { endpointAuthority, clientOrigin: originOf(client) });
    if (rewritten !== url) headers.set(spelling, value.slice(0, start) + rewritten + value.slice(end));
  }
}

function originOf({ protocol, host }: ClientInfo): string | undefined {
  return host === undefined ? undefined : `${protocol}://${host}`;
}

/** Rewrites one URL; relative ones and those of other hosts stay as they are. */
export function rewriteLocation(url: string, policy: LocationPolicy, view: LocationView): string {
  for (const [prefix, replacement] of policy.prefixes) {
    if (url.startsWith(prefix) && isBorder(url, prefix)) return joinUrl(replacement, url.slice(prefix.length));
  }
  if (!policy.endpointOrigin || view.clientOrigin === undefined) return url;
  const start = authorityOffset(url);
  if (start === 0) return url;
  let end = start;
  while (end < url.length && !endsPart(url[end])) end++;
  const isOwn = isSameName(withoutDefaultPort(url, start, end), view.endpointAuthority);
  return isOwn ? view.clientOrigin + url.slice(end) : url;
}

/** Whether the prefix ends where a part of the URL does: `http://internal` is no prefix of `http://internal.evil.example`. */
function isBorder(url: string, prefix: string): boolean {
  return prefix.length === url.length || prefix.endsWith('/') || endsPart(url[prefix.length]);
}

function endsPart(character: string | undefined): boolean {
  return character === '/' || character === '?' || character === '#';
}

/**
 * A path that becomes `//evil.example` by being shortened would send the client there (open redirect), so slashes at its start become one. Browsers
 * read a backslash as a slash.
 */
function joinUrl(replacement: string, rest: string): string {
  const url = replacement + rest;
  if (!url.startsWith('/') || replacement.startsWith('//')) return url;
  let slashes = 1;
  while (url[slashes] === '/' || url[slashes] === '\\') slashes++;
  return `/${url.slice(slashes)}`;
}

/** Where the authority starts in `http://…`, `https://…` or `//…`; 0 in any other URL. */
function authorityOffset(url: string): number {
  if (url.startsWith('//')) return 2;
  if (isSameName(url.slice(0, 7), 'http://')) return 7;
  return isSameName(url.slice(0, 8), 'https://') ? 8 : 0;
}

/** The authority from `start` to `end`, without the port that the scheme has anyway. */
function withoutDefaultPort(url: string, start: number, end: number): string {
  const authority = url.slice(start, end);
  if (start === 7 && authority.endsWith(':80')) return authority.slice(0, -3);
  return start === 8 && authority.endsWith(':443') ? authority.slice(0, -4) : authority;
}
