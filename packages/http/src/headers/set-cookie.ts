// Rewrites Domain and Path in Set-Cookie. Everything else of a cookie stays verbatim: order, letter case, attributes nobody knows.

/** What becomes of cookies. */
export interface CookieOptions {
  /**
   * `Domain`: a value for all, a map from what the endpoint says to what the client gets, or `false` to remove it, which binds the cookie to
   * the host the client sees. @defaultValue left alone
   */
  readonly domain?: string | false | Readonly<Record<string, string>>;
  /** `Path`: a map from prefixes to what they become, the longest match first. @defaultValue left alone */
  readonly path?: Readonly<Record<string, string>>;
}

/** `CookieOptions`, complete; the prefixes are sorted. */
export interface CookiePolicy {
  readonly domain: string | false | Readonly<Record<string, string>> | undefined;
  readonly paths: readonly (readonly [prefix: string, replacement: string])[];
}

/** Rewrites one Set-Cookie value (RFC 6265 section 4.1.1). */
export function rewriteSetCookie(value: string, policy: CookiePolicy): string {
  const [pair = '', ...attributes] = value.split(';');
  const kept = attributes.flatMap((attribute) => {
    const equals = attribute.indexOf('=');
    const name = attribute.slice(0, equals).trim().toLowerCase();
    if (equals < 0 || (name !== 'domain' && name !== 'path')) return [attribute];
    const before = attribute.slice(equals + 1).trim();
    const after = name === 'domain' ? newDomain(before, policy.domain) : newPath(before, policy.paths);
    return after === undefined ? [] : [after === before ? attribute : attribute.slice(0, equals + 1) + after];
  });
  return [pair, ...kept].join(';');
}

function newDomain(domain: string, rule: CookiePolicy['domain']): string | undefined {
  if (rule === undefined) return domain;
  if (rule === false) return undefined;
  if (typeof rule === 'string') return rule;
  // A leading dot means nothing (RFC 6265 section 5.2.3), so a rule need not care which way the endpoint writes it.
  const plain = domain.replace(/^\./, '').toLowerCase();
  return rule[plain] ?? rule[domain] ?? domain;
}

function newPath(path: string, paths: CookiePolicy['paths']): string {
  for (const [prefix, replacement] of paths) {
    const rest = path.slice(prefix.length);
    if (!path.startsWith(prefix) || (rest !== '' && !prefix.endsWith('/') && !rest.startsWith('/'))) continue;
    const joined = replacement.endsWith('/') && rest.startsWith('/') ? replacement + rest.slice(1) : replacement + rest;
    return joined.startsWith('/') ? joined : `/${joined}`;
  }
  return path;
}
