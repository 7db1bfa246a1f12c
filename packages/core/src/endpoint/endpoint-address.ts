// Where an endpoint is, parsed from the forms people write.
import { describeValue } from '../options/options-reader.ts';
import { OptionsError } from '../options/options-error.ts';

/** An address that can be dialled. */
export type EndpointAddress = TcpAddress | UnixAddress;

/** A TCP address, with TLS on it when `secure`. */
export interface TcpAddress {
  readonly kind: 'tcp';
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** The address in its normal form: `http://127.0.0.1:8000`, `https://a.example:443`, `127.0.0.1:25`. */
  readonly href: string;
  /** What goes into `Host`: the host, and the port unless it is the scheme's own. */
  readonly authority: string;
}

/** A Unix domain socket. */
export interface UnixAddress {
  readonly kind: 'unix';
  readonly path: string;
  readonly secure: false;
  readonly href: string;
  readonly authority: 'localhost';
}

const schemes: Readonly<Record<string, { readonly secure: boolean; readonly port: number }>> = {
  'http:': { secure: false, port: 80 },
  'https:': { secure: true, port: 443 },
};

/**
 * Parses `http://host:port`, `https://host:port`, `host:port`, `[v6]:port` and `unix:/path`.
 *
 * @throws OptionsError for anything else; also for a path, a query or credentials, which belong to a request and not to an endpoint.
 */
export function parseEndpointAddress(text: string): EndpointAddress {
  const problem = describeProblem(text);
  const address = problem === undefined ? readAddress(text) : undefined;
  if (address !== undefined) return address;
  const message = problem ?? 'must be http://host:port, https://host:port, host:port, [v6]:port or unix:/path';
  throw new OptionsError([{ path: 'address', message: `${message}, got ${describeValue(text)}` }]);
}

function describeProblem(text: string): string | undefined {
  if (typeof text !== 'string') return 'must be a string';
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code <= 0x20 || code === 0x7f) return 'must have no white space or control characters';
  }
  return undefined;
}

function readAddress(text: string): EndpointAddress | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    return path.startsWith('/') ? { kind: 'unix', path, secure: false, href: text, authority: 'localhost' } : undefined;
  }
  const separator = text.indexOf('://');
  const isUrl = separator > 0;
  if (!isUrl && text.includes('/')) return undefined;
  const url = URL.parse(isUrl ? text : `http://${text}`);
  if (url === null || url.hostname === '' || url.username !== '' || url.password !== '') return undefined;
  const scheme = schemes[url.protocol];
  if (scheme === undefined || url.pathname !== '/' || url.search !== '' || url.hash !== '' || text.includes('@'))
    return undefined;
  const written = isUrl ? text.slice(separator + 3).replace(/\/$/, '') : text;
  const port = url.port === '' ? (isUrl || written.endsWith(':80') ? scheme.port : 0) : Number(url.port);
  if (port === 0 || /[?#]$/.test(written)) return undefined;
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
  const full = `${url.hostname}:${port}`;
  return {
    kind: 'tcp',
    host,
    port,
    secure: scheme.secure,
    href: isUrl ? `${url.protocol}//${full}` : full,
    authority: port === scheme.port ? url.hostname : full,
  };
}
