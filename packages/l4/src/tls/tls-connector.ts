// Opens TLS connections to endpoints: whose name is asked for and checked, and which session is resumed. Time limits are dialer.ts.
import type { TcpAddress } from '@sluice/core';
import { X509Certificate } from 'node:crypto';
import { isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import {
  checkServerIdentity,
  connect,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { createSessionCache } from './session-cache.ts';
import type { ResolvedUpstreamTls } from './upstream-tls.ts';

/** Starts a connection, or TLS on one that is there; `servername` goes before the one in the options. */
export type TlsConnector = (
  address: TcpAddress,
  tcpOptions: TcpNetConnectOpts | { readonly socket: Socket },
  servername: string | undefined,
) => TLSSocket;

const maxSessions = 256;

/** Makes the connector of one dialer; its sessions are shared by all its connections. */
export function createTlsConnector(tls: ResolvedUpstreamTls): TlsConnector {
  const sessions = createSessionCache(maxSessions);
  let secureContext: SecureContext | undefined = tls.secureContext;
  return (address, tcpOptions, servername) => {
    const name = servername ?? tls.servername ?? address.host;
    const key = `${name} ${address.href}`;
    const session = sessions.get(key);
    secureContext ??= createSecureContext({ minVersion: tls.minVersion });
    const socket = connect({
      ...tcpOptions,
      secureContext,
      rejectUnauthorized: tls.verifyTls,
      // RFC 6066 section 3 allows no IP address in SNI; the certificate is checked against it all the same.
      ...(isIP(name) === 0 && { servername: name }),
      checkServerIdentity: (_host, certificate) => checkIdentity(name, certificate),
      ...(tls.alpnProtocols.length > 0 && { ALPNProtocols: [...tls.alpnProtocols] }),
      ...(session !== undefined && { session }),
    });
    // Not before 'connect': what listens for sessions is lost when Node moves on to the next address of a name. Sessions come only once
    // the endpoint is verified, and must: one that is resumed is not verified again.
    const keepSessions = (): void => void socket.on('session', (fresh: Buffer) => sessions.set(key, fresh));
    if (socket.connecting) socket.once('connect', keepSessions);
    else keepSessions();
    if (session !== undefined) socket.once('error', () => sessions.delete(key));
    return socket;
  };
}

/** Node's own check takes every IPv6 address for a host name in some versions (22.23), and refuses it; OpenSSL's does not. */
function checkIdentity(name: string, certificate: PeerCertificate): Error | undefined {
  if (isIP(name) === 6 && new X509Certificate(certificate.raw).checkIP(name) !== undefined) return undefined;
  return checkServerIdentity(name, certificate);
}
