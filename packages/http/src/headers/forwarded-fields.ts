// Tells the endpoint about the client: X-Forwarded-* or Forwarded (RFC 7239). What an untrusted client says of itself is replaced.
import type { ClientInfo, ConnectionInfo } from './client-resolver.ts';
import { formatForwarded, formatNode } from './forwarded.ts';
import type { HeaderList } from './header-list.ts';

/** Which of the two families is written. `off` writes none; lies are removed all the same. */
export type ForwardedMode = 'x-forwarded' | 'rfc7239' | 'both' | 'off';

/**
 * Fields by which applications learn about the client. From an untrusted sender they are lies or accidents, so none of them passes: neither those
 * we write ourselves, nor the ones that other proxies and content networks use.
 */
const claimNames: readonly string[] = Object.freeze([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-forwarded-scheme',
  'x-forwarded',
  'x-original-host',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
]);

/**
 * Writes what the endpoint is told about the client, in place.
 *
 * From a trusted proxy the chain goes on: our peer's address is appended, and protocol, host and port are kept where it stated them.
 * @param originalHost - `Host` as the client sent it, before any host policy.
 */
export function applyForwarded(
  headers: HeaderList,
  connection: ConnectionInfo,
  client: ClientInfo,
  originalHost: string | undefined,
  mode: ForwardedMode,
): void {
  if (!client.trusted) removeClaims(headers);
  if (mode === 'x-forwarded' || mode === 'both') writeXForwarded(headers, connection, client, originalHost);
  if (mode === 'rfc7239' || mode === 'both') writeForwarded(headers, connection, originalHost);
}

function removeClaims(headers: HeaderList): void {
  for (const name of claimNames) headers.delete(name);
}

function writeXForwarded(
  headers: HeaderList,
  connection: ConnectionInfo,
  client: ClientInfo,
  originalHost: string | undefined,
): void {
  const peer = peerAddress(connection);
  const chain = client.trusted ? headers.getAll('x-forwarded-for').join(', ') : '';
  if (peer !== '') headers.set('X-Forwarded-For', chain === '' ? peer : `${chain}, ${peer}`);
  if (!client.trusted || !headers.has('x-forwarded-proto')) headers.set('X-Forwarded-Proto', client.protocol);
  if (originalHost !== undefined && !headers.has('x-forwarded-host')) headers.set('X-Forwarded-Host', originalHost);
  if (!headers.has('x-forwarded-port') && connection.localPort > 0) {
    headers.set('X-Forwarded-Port', String(connection.localPort));
  }
}

function writeForwarded(headers: HeaderList, connection: ConnectionInfo, originalHost: string | undefined): void {
  const element = formatForwarded({
    for: formatNode(peerAddress(connection)),
    ...(originalHost === undefined ? {} : { host: originalHost }),
    proto: connection.secure ? 'https' : 'http',
  });
  const chain = headers.getAll('forwarded').join(', ');
  headers.set('Forwarded', chain === '' ? element : `${chain}, ${element}`);
}

function peerAddress({ remoteAddress }: ConnectionInfo): string {
  return remoteAddress.startsWith('::ffff:') && remoteAddress.includes('.') ? remoteAddress.slice(7) : remoteAddress;
}
