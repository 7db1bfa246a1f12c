// Rewrites Domain and Path in Set-Cookie. Everything else of a cookie stays verbatim: order, letter case, attributes nobody knows.
import { describeValue, type OptionsReader } from '@sluice/core';
import { isFieldValue, isSameName, skipSpace, trimEnd, trimmedSlice } from './field-syntax.ts';
import type { HeaderList } from './header-list.ts';
import { readPrefixRules, type PrefixRule } from './prefix-rules.ts';

/** What becomes of cookies. */
export interface CookieOptions {
  /**
   * `Domain`: a value for all cookies that have one, a map from what the endpoint says to what the client gets, or `false` to remove it, which binds
   * the cookie to the host the client sees. @defaultValue left alone
   */
  readonly domain?: string | false | Readonly<Record<string, string>>;
  /** `Path`: a map from prefixes, by whole segments, to what they become; the longest match first. @defaultValue left alone */
  readonly path?: Readonly<Record<string, string>>;
}

/** `CookieOptions`, complete; domains are in lower case without a leading dot, and the prefixes are sorted. */
export interface CookiePolicy {
  readonly domain: string | false | Readonly<Record<string, string>> | undefined;
  readonly paths: readonly PrefixRule[];
}

/** The defaults of `CookieOptions`: nothing changes. */
export const cookieDefaults: CookiePolicy = Object.freeze({ domain: undefined, paths: Object.freeze([]) });

/** Reads the options as a part of others. */
export function readCookieOptions(reader: OptionsReader): CookiePolicy {
  return Object.freeze({ domain: readDomain(reader), paths: readPaths(reader) });
}

function readDomain(reader: OptionsReader): CookiePolicy['domain'] {
  const domain = reader.raw('domain') ?? cookieDefaults.domain;
  if (domain === undefined || domain === false) return domain;
  if (typeof domain === 'object') {
    const rules = readPrefixRules(reader, 'domain');
    for (const [from, to] of rules) {
      if (!isAttributeValue(to)) reader.issue(`domain.${from}`, `must be a domain, got ${describeValue(to)}`);
    }
    return Object.freeze(Object.fromEntries(rules.map(([from, to]) => [plainDomain(from), to])));
  }
  if (typeof domain === 'string' && isAttributeValue(domain)) return domain;
  reader.issue('domain', `must be a domain, a map of domains, or false, got ${describeValue(domain)}`);
  return undefined;
}

function readPaths(reader: OptionsReader): readonly PrefixRule[] {
  const rules = readPrefixRules(reader, 'path');
  for (const [from, to] of rules) {
    if (from.startsWith('/') && to.startsWith('/') && isAttributeValue(to)) continue;
    reader.issue(`path.${from}`, `must map a path to a path, got ${describeValue(to)}`);
  }
  return rules;
}

/** What can be an attribute's value (RFC 6265 section 4.1.1): no semicolon, at which the attribute would end. */
function isAttributeValue(text: string): boolean {
  return text !== '' && isFieldValue(text) && !text.includes(';');
}

/** Rewrites all cookies of a response, in place. */
export function rewriteSetCookies(headers: HeaderList, policy: CookiePolicy): void {
  if (!headers.has('set-cookie')) return;
  const cookies = headers.getAll('set-cookie');
  const rewritten = cookies.map((cookie) => rewriteSetCookie(cookie, policy));
  if (rewritten.every((cookie, index) => cookie === cookies[index])) return;
  headers.delete('set-cookie');
  for (const cookie of rewritten) headers.append('Set-Cookie', cookie);
}

/** Rewrites one Set-Cookie value (RFC 6265 section 4.1.1). */
export function rewriteSetCookie(value: string, policy: CookiePolicy): string {
  // Browsers drop a __Host- cookie whose path is not `/`; and it has no domain.
  if (isSameName(value.slice(0, 7), '__Host-')) return value;
  let text = '';
  let kept = 0;
  for (let start = value.indexOf(';'); start >= 0 && start < value.length;) {
    const next = value.indexOf(';', start + 1);
    const end = next < 0 ? value.length : next;
    const equals = indexOfEquals(value, start, end);
    if (equals < end) {
      const valueStart = skipSpace(value, equals + 1, end);
      const valueEnd = trimEnd(value, valueStart, end);
      const before = value.slice(valueStart, valueEnd);
      const after = newAttribute(trimmedSlice(value, start + 1, equals), before, policy);
      if (after === undefined) {
        text += value.slice(kept, start);
        kept = end;
      } else if (after !== before) {
        text += value.slice(kept, valueStart) + after;
        kept = valueEnd;
      }
    }
    start = end;
  }
  return kept === 0 ? value : text + value.slice(kept);
}

/** The equals sign of the attribute from `start` to `end`; `end` when it has none. */
function indexOfEquals(value: string, start: number, end: number): number {
  let at = start;
  while (at < end && value[at] !== '=') at++;
  return at;
}

function newAttribute(name: string, value: string, policy: CookiePolicy): string | undefined {
  if (isSameName(name, 'domain')) return newDomain(value, policy.domain);
  return isSameName(name, 'path') ? newPath(value, policy.paths) : value;
}

function newDomain(domain: string, rule: CookiePolicy['domain']): string | undefined {
  if (rule === undefined) return domain;
  if (rule === false) return undefined;
  if (typeof rule === 'string') return rule;
  const plain = plainDomain(domain);
  return Object.hasOwn(rule, plain) ? rule[plain] : domain;
}

/** A leading dot and letter case mean nothing (RFC 6265 section 5.2.3), so a rule need not care how the endpoint writes it. */
function plainDomain(domain: string): string {
  return (domain.startsWith('.') ? domain.slice(1) : domain).toLowerCase();
}

function newPath(path: string, paths: CookiePolicy['paths']): string {
  for (const [prefix, replacement] of paths) {
    const base = withoutEndSlash(prefix);
    if (path !== base && !path.startsWith(`${base}/`)) continue;
    const joined = withoutEndSlash(replacement) + path.slice(base.length);
    return joined === '' ? '/' : joined;
  }
  return path;
}

function withoutEndSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
