// What is known of a TLS connection that ends here: what was agreed on, and who the client has proved to be.
import type { TLSSocket } from 'node:tls';
import { identifyClient, type ClientIdentity } from './client-identity.ts';

/** The facts about a TLS connection of a client, as they were when its handshake was over. */
export interface TlsSession {
  /**
   * The name the client asked for (SNI), in lower case. `undefined` when it named none; also when it resumed a session over TLS 1.2, where OpenSSL
   * does not tell.
   */
  readonly serverName: string | undefined;
  /** The protocol that was agreed on (ALPN); `undefined` when none was. */
  readonly alpnProtocol: string | undefined;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly version: string;
  /** The cipher suite, in the words of the RFCs: `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string;
  /** Whether an earlier session was resumed, which saved the signatures. */
  readonly isResumed: boolean;
  /** The certificate of the client; `undefined` when it has sent none, or was not asked. */
  readonly client: ClientIdentity | undefined;
}

/** Notes the facts about a server's TLS socket while it still knows them. */
export function describeTlsSession(socket: TLSSocket): TlsSession {
  const { servername, alpnProtocol } = socket as { servername?: string | false | null } & TLSSocket;
  return {
    serverName: servername ? servername.toLowerCase() : undefined,
    alpnProtocol: alpnProtocol ? alpnProtocol : undefined,
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher().standardName,
    isResumed: socket.isSessionReused(),
    client: identifyClient(socket),
  };
}
