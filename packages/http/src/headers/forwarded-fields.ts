// Tells the endpoint about the client: X-Forwarded-* or Forwarded (RFC 7239). What an untrusted client says of itself is replaced.
import { clientClaimNames, xForwardedNames } from './client-claims.ts';
import type { ClientInfo, ConnectionInfo } from './client-resolver.ts';
import { formatForwarded, parseForwarded } from './forwarded.ts';
import type { ForwardedFamily } from './forwarded-chain.ts';
import { formatNode, isPort, plainAddress } from './forwarded-node.ts';
import type { HeaderList } from './header-list.ts';
import { joinedLines } from './token-list.ts';

/** Which of the two families is written. `off` writes none; lies are removed all the same. */
export type ForwardedMode = 'x-forwarded' | 'rfc7239' | 'both' | 'off';

/** The family to read from trusted proxies: we speak with them as we speak with endpoints, and X-Forwarded when that is both or neither. */
export function forwardedFamily(mode: ForwardedMode): ForwardedFamily {
  return mode === 'rfc7239' ? 'rfc7239' : 'x-forwarded';
}

/**
 * Writes what the endpoint is told about the client, in place.
 *
 * From a trusted proxy the chain goes on: our peer's address is appended, and host and port are kept where it stated them. The family that it
 * was not read in is what the client may have sent, so it is removed, or written anew from the other.
 * @param originalHost - `Host` as the client sent it, before any host policy.
 */
export function applyForwarded(
  headers: HeaderList,
  connection: ConnectionInfo,
  client: ClientInfo,
  originalHost: string | undefined,
  mode: ForwardedMode,
): void {
  const peer = plainAddress(connection.remoteAddress);
  if (!client.trusted) headers.deleteAll(clientClaimNames);
  else if (mode === 'rfc7239') headers.deleteAll(xForwardedNames);
  else if (mode !== 'off') headers.delete('forwarded');
  if (mode === 'x-forwarded' || mode === 'both') {
    if (client.trusted) continueXForwarded(headers, client, peer, originalHost);
    else startXForwarded(headers, connection, peer, originalHost);
  }
  if (mode === 'rfc7239' || mode === 'both') writeForwarded(headers, connection, client, peer, originalHost);
}

/** All claims are gone, so the fields need no search. */
function startXForwarded(
  headers: HeaderList,
  { secure, localPort }: ConnectionInfo,
  peer: string,
  originalHost: string | undefined,
): void {
  if (peer !== '') headers.append('X-Forwarded-For', peer);
  headers.append('X-Forwarded-Proto', secure ? 'https' : 'http');
  if (originalHost !== undefined) headers.append('X-Forwarded-Host', originalHost);
  if (localPort > 0) headers.append('X-Forwarded-Port', String(localPort));
}

function continueXForwarded(
  headers: HeaderList,
  client: ClientInfo,
  peer: string,
  originalHost: string | undefined,
): void {
  const chain = joinedLines(headers, 'x-forwarded-for');
  if (peer !== '') headers.set('X-Forwarded-For', chain === '' ? peer : `${chain}, ${peer}`);
  headers.set('X-Forwarded-Proto', client.protocol);
  if (originalHost !== undefined && !headers.has('x-forwarded-host')) headers.set('X-Forwarded-Host', originalHost);
  if (!headers.has('x-forwarded-port')) headers.set('X-Forwarded-Port', portOf(client));
}

/** The port the client connected to, as far as its proxy tells: ours is not it. */
function portOf({ host = '', protocol }: ClientInfo): string {
  const port = host.slice(host.lastIndexOf(':') + 1);
  if (port !== host && isPort(port)) return port;
  return protocol === 'https' ? '443' : '80';
}

function writeForwarded(
  headers: HeaderList,
  connection: ConnectionInfo,
  client: ClientInfo,
  peer: string,
  originalHost: string | undefined,
): void {
  const element = formatForwarded({
    for: formatNode(peer),
    ...(originalHost === undefined ? {} : { host: originalHost }),
    proto: connection.secure ? 'https' : 'http',
  });
  if (!client.trusted) headers.append('Forwarded', element);
  else headers.set('Forwarded', `${chainBefore(headers, client, peer)}${element}`);
}

/** What the trusted proxies wrote; when that is unreadable or in the other family, what we understood of it. An open quote would swallow our element. */
function chainBefore(headers: HeaderList, client: ClientInfo, peer: string): string {
  const chain = joinedLines(headers, 'forwarded');
  if (chain !== '' && parseForwarded(chain) !== undefined) return `${chain}, `;
  if (client.address === peer) return '';
  const { host, protocol } = client;
  return `${formatForwarded({ for: formatNode(client.address), ...(host === undefined ? {} : { host }), proto: protocol })}, `;
}
