// Where an endpoint is, parsed from the forms people write. Names are not looked up here.
import { describeValue } from '../options/describe-value.ts';
import { OptionsError } from '../options/options-error.ts';

/** An address that can be dialled. */
export type EndpointAddress = TcpAddress | UnixAddress;

/** A TCP address, with TLS on it when `secure`. */
export interface TcpAddress {
  /** Tells the two kinds apart. */
  readonly kind: 'tcp';
  /** A name in lower case or an IP address, without brackets. */
  readonly host: string;
  /** From 1 to 65535. */
  readonly port: number;
  /** Whether it was written with `https:`. */
  readonly secure: boolean;
  /** The address in its normal form: `http://127.0.0.1:8000`, `https://a.example:443`, `127.0.0.1:25`. */
  readonly href: string;
  /** What goes into a `Host` field: the host, IPv6 in brackets, and the port unless it is the scheme's own. */
  readonly authority: string;
}

/** A Unix domain socket. */
export interface UnixAddress {
  /** Tells the two kinds apart. */
  readonly kind: 'unix';
  /** Where the socket is in the file system; absolute. */
  readonly path: string;
  /** Never: what stays on the machine needs no TLS. */
  readonly secure: false;
  /** The address as it was written: `unix:/run/app.sock`. */
  readonly href: string;
  /** What goes into a `Host` field. */
  readonly authority: 'localhost';
}

const schemes: Readonly<Record<string, { readonly secure: boolean; readonly port: number }>> = {
  'http:': { secure: false, port: 80 },
  'https:': { secure: true, port: 443 },
};

/**
 * Parses `http://host:port`, `https://host:port`, `host:port`, `[v6]:port` and `unix:/path`.
 *
 * Parsing the `href` of the result gives the same result again.
 *
 * @throws OptionsError (`SLUICE_OPTIONS_INVALID`) for anything else; also for a path, a query or credentials, which belong to a
 * request and not to an endpoint.
 */
export function parseEndpointAddress(text: string): EndpointAddress {
  const address = typeof text === 'string' && isPlain(text) ? readAddress(text) : undefined;
  if (address !== undefined) return address;
  const forms = 'http://host:port, https://host:port, host:port, [v6]:port or unix:/path';
  throw new OptionsError([{ path: 'address', message: `must be ${forms}, got ${describeValue(text)}` }]);
}

/** The URL parser drops tabs and line ends, and reads `\` as `/`: what it would repair silently is refused here. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code <= 0x20 || code === 0x7f || code === 0x5c) return false;
  }
  return true;
}

function readAddress(text: string): EndpointAddress | undefined {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    return path.startsWith('/') ? { kind: 'unix', path, secure: false, href: text, authority: 'localhost' } : undefined;
  }
  const schemeEnd = text.indexOf('://');
  const written = schemeEnd < 0 ? text : text.slice(schemeEnd + 3).replace(/\/$/, '');
  // Everything that is not host and port is refused by its first character; the URL parser judges the rest.
  if (/[/?#@]/.test(written)) return undefined;
  const url = URL.parse(schemeEnd < 0 ? `http://${written}` : `${text.slice(0, schemeEnd)}://${written}`);
  const scheme = url === null ? undefined : schemes[url.protocol];
  if (url === null || scheme === undefined || url.hostname === '') return undefined;
  // The parser leaves out a port that is the scheme's own; without a scheme it must have been written.
  const port = url.port !== '' ? Number(url.port) : schemeEnd >= 0 || /:0*80$/.test(written) ? scheme.port : 0;
  if (port === 0) return undefined;
  const full = `${url.hostname}:${port}`;
  return {
    kind: 'tcp',
    host: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    port,
    secure: scheme.secure,
    href: schemeEnd < 0 ? full : `${url.protocol}//${full}`,
    authority: port === scheme.port ? url.hostname : full,
  };
}
