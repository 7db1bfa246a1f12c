// Servers that only accept connections: what they do with them is the test's. Closed, with every connection, when the test ends.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type ListenOptions, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer as createTlsServer, type TlsOptions, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface RawServer<Connection extends Socket = Socket> {
  readonly port: number;
  /** The connections that came so far and that the test has not taken yet. */
  readonly waiting: number;
  /** The next connection, now or when it comes; for TLS, after its handshake. */
  accept(): Promise<Connection>;
  close(): Promise<void>;
}

/** A TCP server on loopback. Its connections stay half-open when the other side ends, and survive their errors. */
export async function startRawServer(listen: ListenOptions = {}): Promise<RawServer> {
  return track<Socket>(createServer({ allowHalfOpen: true }), 'connection', listen);
}

/** The same with TLS. Failed handshakes are the client's to notice. */
export async function startRawTlsServer(tls: TlsOptions, listen: ListenOptions = {}): Promise<RawServer<TLSSocket>> {
  const server = createTlsServer({ ...tls, allowHalfOpen: true });
  server.on('tlsClientError', () => {});
  return track<TLSSocket>(server, 'secureConnection', listen);
}

/** When a socket is closed, for whatever reason; `once` from `node:events` would reject with its error. */
export function whenClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** A path for a Unix socket, in a folder that is removed with the test. */
export function createSocketPath(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 's');
}

async function track<Connection extends Socket>(
  server: Server,
  acceptEvent: 'connection' | 'secureConnection',
  listen: ListenOptions,
): Promise<RawServer<Connection>> {
  // By the client's port: a TLS socket takes the place of the plain one under it. Destroying both in one tick crashes Node.
  const open = new Map<number | string, Socket>();
  let unixConnections = 0;
  const accepted: Connection[] = [];
  const takers: ((connection: Connection) => void)[] = [];
  const keep = (socket: Socket): void => {
    const key = socket.remotePort ?? `unix ${unixConnections++}`;
    open.set(key, socket);
    socket.on('error', () => {}).on('close', () => open.get(key) === socket && open.delete(key));
  };
  server.on('connection', keep);
  server.on(acceptEvent, (connection: Connection) => {
    if (acceptEvent === 'secureConnection') keep(connection);
    const take = takers.shift();
    if (take === undefined) accepted.push(connection);
    else take(connection);
  });
  server.listen(listen.path === undefined ? { host: '127.0.0.1', port: 0, ...listen } : listen);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    for (const socket of open.values()) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  onTestFinished(close);
  const address = server.address();
  return {
    port: typeof address === 'string' ? 0 : (address as AddressInfo).port,
    get waiting() {
      return accepted.length;
    },
    accept: () => {
      const connection = accepted.shift();
      return connection === undefined ? new Promise((resolve) => takers.push(resolve)) : Promise.resolve(connection);
    },
    close,
  };
}
