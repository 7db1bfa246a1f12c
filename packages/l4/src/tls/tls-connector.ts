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
import { l4Error } from '../errors.ts';
import { createSessionCache } from './session-cache.ts';
import { resolveTlsTarget, type ResolvedUpstreamTls, type TlsTarget, type TlsTargetOptions } from './upstream-tls.ts';

/** Whose name is asked for, and who we are. */
export interface TlsChoice {
  readonly name: string;
  readonly identity: TlsIdentity;
}

/** Who we are. A session belongs to it: one that is resumed says who we were. */
export interface TlsIdentity {
  readonly id: number;
  readonly context: SecureContext;
}

const maxSessions = 256;

/** The TLS of one dialer; its sessions are shared by all its connections. */
export class TlsConnector {
  readonly #tls: ResolvedUpstreamTls;
  readonly #sessions = createSessionCache(maxSessions);
  readonly #chosen = new WeakMap<
    TlsTargetOptions,
    { readonly name: string | undefined; readonly identity: TlsIdentity }
  >();
  #identities = 0;
  #own: TlsIdentity | undefined;

  constructor(tls: ResolvedUpstreamTls) {
    this.#tls = tls;
  }

  /** Decides before anything is opened. @throws ProxyError when the user's function can not say */
  choose(target: TlsTarget, servername: string | undefined): TlsChoice {
    const { choose } = this.#tls;
    let chosen: { readonly name: string | undefined; readonly identity: TlsIdentity } | undefined;
    try {
      const options = choose?.(target);
      chosen = options && this.#resolve(options);
    } catch (error) {
      const message = `the TLS of ${target.address.href} can not be chosen: ${(error as Error).message}`;
      throw l4Error('SLUICE_CERTIFICATE_UNAVAILABLE', message, { cause: error });
    }
    const name = servername ?? chosen?.name ?? this.#tls.servername ?? target.address.host;
    return { name, identity: chosen?.identity ?? this.#ownIdentity() };
  }

  /** Starts a connection, or TLS on one that is there. */
  connect(
    address: TcpAddress,
    tcpOptions: TcpNetConnectOpts | { readonly socket: Socket },
    { name, identity }: TlsChoice,
  ): TLSSocket {
    const sessions = this.#sessions;
    const { verifyTls, alpnProtocols } = this.#tls;
    const key = `${identity.id} ${name} ${address.href}`;
    const session = sessions.get(key);
    const socket = connect({
      ...tcpOptions,
      secureContext: identity.context,
      rejectUnauthorized: verifyTls,
      // RFC 6066 section 3 allows no IP address in SNI; the certificate is checked against it all the same.
      ...(isIP(name) === 0 && { servername: name }),
      checkServerIdentity: (_host, certificate) => checkIdentity(name, certificate),
      ...(alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] }),
      ...(session !== undefined && { session }),
    });
    // Not before 'connect': what listens for sessions is lost when Node moves on to the next address of a name. Sessions come only once
    // the endpoint is verified, and must: one that is resumed is not verified again.
    const keepSessions = (): void => void socket.on('session', (fresh: Buffer) => sessions.set(key, fresh));
    if (socket.connecting) socket.once('connect', keepSessions);
    else keepSessions();
    if (session !== undefined) socket.once('error', () => sessions.delete(key));
    return socket;
  }

  #resolve(options: TlsTargetOptions): { readonly name: string | undefined; readonly identity: TlsIdentity } {
    let chosen = this.#chosen.get(options);
    if (chosen !== undefined) return chosen;
    const { servername, secureContext } = resolveTlsTarget(options, this.#tls.shared);
    const identity = secureContext === undefined ? this.#ownIdentity() : this.#newIdentity(secureContext);
    chosen = { name: servername, identity };
    this.#chosen.set(options, chosen);
    return chosen;
  }

  #ownIdentity(): TlsIdentity {
    return (this.#own ??= this.#newIdentity(this.#tls.secureContext ?? createSecureContext(this.#tls.shared)));
  }

  #newIdentity(context: SecureContext): TlsIdentity {
    return { id: this.#identities++, context };
  }
}

/** Node's own check takes every IPv6 address for a host name in some versions (22.23), and refuses it; OpenSSL's does not. */
function checkIdentity(name: string, certificate: PeerCertificate): Error | undefined {
  if (isIP(name) === 6 && new X509Certificate(certificate.raw).checkIP(name) !== undefined) return undefined;
  return checkServerIdentity(name, certificate);
}
