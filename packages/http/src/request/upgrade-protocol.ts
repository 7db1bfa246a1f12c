// Decides whether a request may leave HTTP: which protocols in Upgrade are tunnelled.
import type { HeaderList } from '../headers/header-list.ts';
import { listTokens } from '../headers/token-list.ts';

/** Which protocols may be tunnelled: any but `h2c`, those listed, or none. */
export type UpgradePolicy = 'any' | readonly string[] | false;

/**
 * The value of `Upgrade` to offer to the endpoint, or `undefined` when the request stays HTTP (RFC 9110 section 7.8 lets a server ignore it).
 *
 * `h2c` is never offered: behind a tunnelled `h2c` a client speaks HTTP/2 with the endpoint, past every rule of the proxy (h2c smuggling).
 */
export function upgradeProtocol(headers: HeaderList, policy: UpgradePolicy): string | undefined {
  if (policy === false) return undefined;
  const offered = listTokens(headers, 'upgrade').map((protocol) => protocol.toLowerCase());
  if (offered.length === 0 || offered.includes('h2c')) return undefined;
  if (policy !== 'any' && !offered.every((protocol) => policy.includes(protocol))) return undefined;
  return offered.length === 1 ? headers.get('upgrade') : headers.getAll('upgrade').join(', ');
}
