// Rewrites the URLs in Location and Content-Location, so that an endpoint that names itself does not lead clients past the proxy.

/** Which URLs are rewritten. */
export interface LocationOptions {
  /** Whether an absolute URL with the endpoint's own authority gets the scheme and host that the client used. @defaultValue true */
  readonly endpointOrigin?: boolean;
  /** URL prefixes and what they become, the longest match first: `{ 'http://internal.example/app': '/app' }`. @defaultValue none */
  readonly prefixes?: Readonly<Record<string, string>>;
}

/** `LocationOptions`, complete; the prefixes are sorted. */
export interface LocationPolicy {
  readonly endpointOrigin: boolean;
  readonly prefixes: readonly (readonly [prefix: string, replacement: string])[];
}

/** The endpoint as it may call itself, and the client's view of us. */
export interface LocationView {
  readonly endpointAuthority: string;
  /** Such as `https://shop.example`; `undefined` when the client named no host. */
  readonly clientOrigin: string | undefined;
}

/** Rewrites one URL; relative ones and those of other hosts stay as they are. */
export function rewriteLocation(url: string, policy: LocationPolicy, view: LocationView): string {
  for (const [prefix, replacement] of policy.prefixes) {
    if (url.startsWith(prefix)) return replacement + url.slice(prefix.length);
  }
  if (!policy.endpointOrigin || view.clientOrigin === undefined) return url;
  const start = url.indexOf('://') + 3;
  if (start < 3 || !isHttpScheme(url.slice(0, start))) return url;
  let end = start;
  while (end < url.length && url[end] !== '/' && url[end] !== '?' && url[end] !== '#') end++;
  if (url.slice(start, end).toLowerCase() !== view.endpointAuthority.toLowerCase()) return url;
  return view.clientOrigin + url.slice(end);
}

function isHttpScheme(scheme: string): boolean {
  const lower = scheme.toLowerCase();
  return lower === 'http://' || lower === 'https://';
}
