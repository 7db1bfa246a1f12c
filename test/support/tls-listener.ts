// A listener that ends TLS with createTlsContexts, and a client for it. The listener tells each client what it knows of the connection, then echoes.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createAbortScope, isProxyError, type OwnedAbortScope } from '@sluice/core';
import { createClientConnection, createTlsContexts, type TlsContexts, type TlsContextsOptions } from '@sluice/l4';
import { onTestFinished } from 'vitest';

export interface TlsListener {
  readonly port: number;
  readonly tls: TlsContexts;
  /** The codes of handshakes that were refused. */
  readonly refused: readonly string[];
  /** Cancels the handshakes that are under way. */
  readonly scope: OwnedAbortScope;
  /** Connections whose handshake is over and that are still open. */
  readonly open: ReadonlySet<Socket>;
}

export interface TlsListenerOptions {
  /** What happens to a connection before its handshake. */
  readonly before?: (socket: Socket) => void | Promise<void>;
  /** Ends each connection behind the greeting. @defaultValue false: it echoes */
  readonly endsAtOnce?: boolean;
}

/** Starts a listener on loopback; it ends with the test, with all its connections. */
export async function listenTls(
  tls: TlsContexts | TlsContextsOptions,
  { before, endsAtOnce = false }: TlsListenerOptions = {},
): Promise<TlsListener> {
  const contexts = 'terminate' in tls ? tls : createTlsContexts(tls);
  const refused: string[] = [];
  const open = new Set<Socket>();
  const scope = createAbortScope();
  const serve = async (socket: Socket): Promise<void> => {
    socket.on('error', () => {});
    await before?.(socket);
    const connection = createClientConnection(socket);
    const secured = await contexts.terminate(socket, connection, scope);
    open.add(secured);
    secured.on('close', () => open.delete(secured));
    secured.write(`${JSON.stringify(connection.tls)}\n`);
    if (endsAtOnce) secured.resume().end();
    else secured.pipe(secured);
  };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    serve(socket).catch((error: unknown) => {
      socket.destroy();
      refused.push(isProxyError(error) ? error.code : String(error));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    scope.abort(new Error('the test is over'));
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { port: (server.address() as AddressInfo).port, tls: contexts, refused, scope, open };
}

/** What a client saw. */
export interface TlsVisit {
  /** What the listener knows of the connection. */
  readonly session: Record<string, unknown> & { readonly client?: Record<string, unknown> };
  /** The first name in the certificate that was served. */
  readonly served: string | undefined;
  /** For the next visit. */
  readonly ticket: Buffer | undefined;
  readonly isResumed: boolean;
  readonly staple: string | undefined;
  readonly socket: TLSSocket;
}

/** Connects, waits for what the listener has to say, and leaves. Rejects with the error of the handshake, or of the refusal. */
export async function visit(port: number, options: ConnectionOptions = {}): Promise<TlsVisit> {
  const stay = await enter(port, options);
  stay.socket.end();
  await text(stay.socket);
  return stay;
}

/** The same, and stays. */
export async function enter(port: number, options: ConnectionOptions = {}): Promise<TlsVisit> {
  const socket = connect({ host: '127.0.0.1', port, ...options });
  onTestFinished(() => void socket.destroy());
  let ticket: Buffer | undefined;
  let staple: string | undefined;
  socket.on('session', (session: Buffer) => (ticket = session));
  socket.on('OCSPResponse', (response: Buffer | null) => (staple = response?.toString('latin1')));
  const line = await firstLine(socket);
  const { subjectaltname = '' } = socket.getPeerCertificate();
  return {
    session: JSON.parse(line) as TlsVisit['session'],
    served: /DNS:([^,]*)/.exec(subjectaltname)?.[1],
    get ticket() {
      return ticket;
    },
    isResumed: socket.isSessionReused(),
    staple,
    socket,
  };
}

function firstLine(socket: TLSSocket): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const onData = (bytes: Buffer): void => {
      received += bytes.toString();
      if (!received.includes('\n')) return;
      socket.off('data', onData).off('error', reject).pause();
      socket.on('error', () => {});
      resolve(received.trimEnd());
    };
    socket.on('data', onData).on('error', reject);
    socket.on('close', () => reject(new Error('closed without a word')));
  });
}
