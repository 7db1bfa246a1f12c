// What is known of a client's connection. It grows as preludes read its first bytes; routes, limits, hashing and logs read it.
import type { Socket } from 'node:net';
import type { ClientHello } from '../client-hello/client-hello.ts';
import type { SniffedProtocol } from '../client-hello/sniff-protocol.ts';
import type { ProxyHeader } from '../proxy-protocol/proxy-header.ts';
import type { TlsSession } from '../tls/tls-session.ts';

/** The facts about a client's connection, for those who decide where it goes. */
export interface ClientConnection {
  /** The client's address; a trusted proxy's word for it when one was read. Empty for a Unix socket. */
  readonly remoteAddress: string;
  /** The client's port, or 0. */
  readonly remotePort: number;
  /** The address that the client connected to. Empty for a Unix socket. */
  readonly localAddress: string;
  /** The port that the client connected to, or 0. */
  readonly localPort: number;
  /** What the client speaks, by its first bytes. `undefined` when nobody looked, and for a client that said nothing for a while. */
  readonly protocol: SniffedProtocol | undefined;
  /** What a TLS client said before anything was encrypted. `undefined` when nobody looked, and when it does not speak TLS. */
  readonly clientHello: ClientHello | undefined;
  /** The PROXY header that the connection began with; `undefined` when there was none, or none that is believed. */
  readonly proxyHeader: ProxyHeader | undefined;
  /** What was agreed on when TLS ends here; `undefined` when it does not. */
  readonly tls: TlsSession | undefined;
}

/** The same for preludes, which learn facts. */
export type MutableClientConnection = { -readonly [Fact in keyof ClientConnection]: ClientConnection[Fact] };

/** What is known of a connection when it was accepted. A closed socket knows it no more. */
export function createClientConnection(socket: Socket): MutableClientConnection {
  const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket;
  return {
    remoteAddress,
    remotePort,
    localAddress,
    localPort,
    protocol: undefined,
    clientHello: undefined,
    proxyHeader: undefined,
    tls: undefined,
  };
}
