// Turns what is known of a client into what a PROXY header says of it. Writing it down is format-proxy-header.ts.
import { isIP, isIPv4 } from 'node:net';
import { withoutZone } from '../address-zone.ts';
import type { ClientConnection } from '../tcp/client-connection.ts';
import type { TlsSession } from '../tls/tls-session.ts';
import type { ProxyAddress, ProxyTls, ProxyTransport } from './proxy-header.ts';
import { unmappedIPv4 } from './wire-address.ts';
import { isText } from './wire-text.ts';

/** What a header can be made of: a client's connection, or as much as is known of it. */
export type ProxiedClient = Pick<ClientConnection, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'> &
  Partial<Pick<ClientConnection, 'proxyHeader' | 'clientHello' | 'tls'>>;

/** The ends of a connection, and what they are. */
export interface ProxiedEnds {
  readonly transport: ProxyTransport;
  readonly source: ProxyAddress | undefined;
  readonly destination: ProxyAddress | undefined;
}

/** Finds family and addresses. A client on IPv4 is one also where the socket is of both families. */
export function describeEnds(client: ProxiedClient, isDatagram: boolean): ProxiedEnds {
  const source = { address: unmappedIPv4(client.remoteAddress), port: client.remotePort };
  const destination = { address: unmappedIPv4(client.localAddress), port: client.localPort };
  if (isIPv4(source.address) && isIPv4(destination.address)) {
    return { transport: isDatagram ? 'udp4' : 'tcp4', source, destination };
  }
  if (isIP(source.address) !== 0 && isIP(destination.address) !== 0) {
    return { transport: isDatagram ? 'udp6' : 'tcp6', source: asIPv6(source), destination: asIPv6(destination) };
  }
  if (source.address === '' && destination.address === '') return describeUnixEnds(client, isDatagram);
  return { transport: 'unknown', source: undefined, destination: undefined };
}

function asIPv6({ address, port }: ProxyAddress): ProxyAddress {
  return { address: isIPv4(address) ? `::ffff:${address}` : withoutZone(address), port };
}

/** A Unix socket has no addresses, unless a proxy in front of us knew their paths. */
function describeUnixEnds({ proxyHeader }: ProxiedClient, isDatagram: boolean): ProxiedEnds {
  const unnamed = { address: '', port: 0 };
  const known = proxyHeader?.transport.startsWith('unix') === true ? proxyHeader : undefined;
  return {
    transport: isDatagram ? 'unix-datagram' : 'unix-stream',
    source: known?.source ?? unnamed,
    destination: known?.destination ?? unnamed,
  };
}

/** The host name that the client asked for: as we heard it, or as a proxy in front of us did. */
export function describeAuthority({ tls, clientHello, proxyHeader }: ProxiedClient): string | undefined {
  return asText(tls?.serverName ?? clientHello?.serverName ?? proxyHeader?.authority);
}

/** The protocol that was agreed on. */
export function describeAlpn({ tls, proxyHeader }: ProxiedClient): string | undefined {
  return asText(tls?.alpnProtocol ?? proxyHeader?.alpn);
}

/** The client's TLS, if it ended here, or at a proxy in front of us. */
export function describeTls({ tls, proxyHeader }: ProxiedClient): ProxyTls | undefined {
  return tls === undefined ? proxyHeader?.tls : describeSession(tls);
}

/** OpenSSL's code for a failure of which no more is known. The specification wants one also where there was no certificate. */
const notVerified = 1;

function describeSession({ client, version, cipher, isResumed }: TlsSession): ProxyTls {
  return {
    encrypted: true,
    certificateOnConnection: client !== undefined && !isResumed,
    certificateInSession: client !== undefined,
    verifyResult: client?.verified === true ? 0 : notVerified,
    version,
    commonName: client === undefined ? undefined : asText(commonName(client.subject)),
    cipher,
  };
}

/** The common name in a distinguished name that has one attribute per line; node escapes as RFC 2253 does. */
function commonName(subject: string): string | undefined {
  const escaped = /^CN=(.*)$/m.exec(subject)?.[1];
  return escaped?.replaceAll(/\\([0-9A-Fa-f]{2}|.)/g, (_, code: string) =>
    code.length === 2 ? String.fromCharCode(Number.parseInt(code, 16)) : code,
  );
}

/** Clients choose these texts: what can not stand in a header is left out, and must not fail. */
function asText(text: string | undefined): string | undefined {
  return text !== undefined && isText(text) ? text : undefined;
}
