// What is known of a client's connection when it has passed the entrance of a listener, as its requests see it.
import type { ClientConnection } from '@sluice/l4';
import type { ConnectionInfo } from '../headers/client-resolver.ts';

/** The connection with the client that it turned out to be. */
export function identifiedConnection(client: ClientConnection): ConnectionInfo {
  const { remoteAddress, remotePort, localPort, tls, proxyHeader } = client;
  const secure = tls !== undefined || proxyHeader?.tls?.encrypted === true;
  return { remoteAddress, remotePort, localPort, secure, tls, proxyHeader };
}
