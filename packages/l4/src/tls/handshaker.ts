// Does the server's side of TLS handshakes, for connections that others have accepted. Limits, and what a failure means, are handshake.ts.
import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type SecureContext, type Server, type TLSSocket } from 'node:tls';
import { isHostName } from '../host-name.ts';
import type { OcspStaples } from './ocsp-staples.ts';
import type { ResolvedTlsContexts } from './tls-contexts-options.ts';

/** Hears how one handshake ends, once. */
export interface HandshakeListener {
  /** It is over. The socket has no `'error'` listener yet. */
  onSecure(socket: TLSSocket): void;
  /** It has failed, and Node closes both sockets. */
  onFailure(error: Error, socket: TLSSocket): void;
}

/** A server, as one of its connections sees it. */
interface ServerView extends Server {
  listener: HandshakeListener | undefined;
  allowHalfOpen: boolean;
}

/** The longest time that Node's timers know: our own end handshakes. */
const never = 2 ** 31 - 1;

/**
 * Makes handshakes with one set of certificates and keys.
 *
 * A tls.Server that listens nowhere is what Node has for this: connections are given to it with `emit('connection')`, whoever accepted them.
 * (A `TLSSocket` of one's own knows neither OCSP nor whether the client's certificate is verified: docs/notes/tls.md.)
 */
export class Handshaker {
  readonly #server: Server;

  constructor(settings: ResolvedTlsContexts, ticketKeys: Buffer, staples: OcspStaples | undefined) {
    const { shared, defaultCertificate, alpnProtocols, clientCertificates, tickets } = settings;
    this.#server = createServer({
      ...shared,
      ...defaultCertificate?.pair,
      ticketKeys,
      sessionIdContext: clientCertificates.sessionIdContext,
      sessionTimeout: Math.ceil(tickets.lifetimeMs / 1000),
      // A client that renegotiates makes us sign again and again.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION | (tickets.areGiven ? 0 : constants.SSL_OP_NO_TICKET),
      requestCert: clientCertificates.mode !== 'none',
      rejectUnauthorized: clientCertificates.mode === 'require',
      handshakeTimeout: never,
      ...(alpnProtocols.length > 0 && { ALPNProtocols: [...alpnProtocols] }),
      SNICallback: (name, done) => findContext(name.toLowerCase(), settings, done),
    });
    this.#server.on('secureConnection', onSecureConnection).on('tlsClientError', onTlsClientError);
    // A listener costs each handshake a call.
    if (staples !== undefined) this.#server.on('OCSPRequest', (...request) => giveStaple(staples, ...request));
  }

  /** Begins the handshake on a connection; whatever has been put back to it is read first. */
  begin(socket: Socket, listener: HandshakeListener): void {
    // Node's events do not say which of the connections became the TLS socket. But they are emitted by the object that was given the
    // connection, so each connection is given to an object of its own, which is the server in everything else.
    const view = Object.create(this.#server) as ServerView;
    view.listener = listener;
    // The TLS socket takes this over. A client that ends its side during the handshake has left.
    view.allowHalfOpen = socket.allowHalfOpen;
    socket.allowHalfOpen = false;
    view.emit('connection', socket);
  }
}

function findContext(
  name: string,
  { certificates, lookup }: ResolvedTlsContexts,
  done: (error: Error | null, context?: SecureContext) => void,
): void {
  const known = certificates.find(name);
  // A client may send anything as a name, and what is asked for one may open a file.
  if (known !== undefined || lookup === undefined || !isHostName(name)) {
    done(null, known?.context);
    return;
  }
  const found = lookup.find(name);
  if (found instanceof Promise) found.then((certificate) => done(null, certificate?.context), done);
  else done(null, found?.context);
}

function giveStaple(
  staples: OcspStaples,
  certificate: Buffer,
  issuer: Buffer | null,
  done: (error: Error | null, response: Buffer) => void,
): void {
  const give = (response: Buffer | undefined): void => done(null, response as Buffer);
  const found = staples.find(certificate, issuer);
  if (found instanceof Promise) void found.then(give);
  else give(found);
}

function onSecureConnection(this: Server, socket: TLSSocket): void {
  socket.allowHalfOpen = (this as ServerView).allowHalfOpen;
  takeListener(this)?.onSecure(socket);
}

function onTlsClientError(this: Server, error: Error, socket: TLSSocket): void {
  takeListener(this)?.onFailure(error, socket);
}

function takeListener(server: Server): HandshakeListener | undefined {
  const view = server as ServerView;
  const { listener } = view;
  // The TLS socket keeps its server for life.
  view.listener = undefined;
  return listener;
}
