// The one form in which host names are compared. Names that clients send are read in client-hello/server-name.ts.
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** What domainToASCII may be given: it takes the host out of something like a URL, and decodes percents. */
const asciiOrForeign = /^[\w.\u{80}-\u{10ffff}-]+$/u;
const hostName = /^(?=.{1,253}$)[\w-]{1,63}(?:\.[\w-]{1,63})*$/;

/**
 * Brings a name from a configuration or a certificate into ASCII (`bücher.example` becomes `xn--bcher-kva.example`) and lower case, without
 * a final dot. `*.` may stand in front.
 *
 * @returns `undefined` for what is no host name, IP addresses among it
 */
export function normalizeHostName(name: string): string | undefined {
  const isWildcard = name.startsWith('*.');
  const bare = isWildcard ? name.slice(2) : name;
  if (!asciiOrForeign.test(bare)) return undefined;
  const host = domainToASCII(bare).replace(/\.$/, '');
  if (!isHostName(host)) return undefined;
  return isWildcard ? `*.${host}` : host;
}

/** Whether text is a host name as it is: no wildcard, no final dot, no IP address. */
export function isHostName(text: string): boolean {
  return hostName.test(text) && isIP(text) === 0;
}
