// A client that writes bytes and looks at bytes: what no HTTP library would send, and what it would not show.

import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { logBytes, type ByteLog } from './byte-log.ts';

/** Connects to a port on loopback, or to a Unix socket. The connection is closed when the test ends. */
export async function connectRaw(to: number | string): Promise<ByteLog> {
  const target = typeof to === 'number' ? { port: to, host: '127.0.0.1' } : { path: to };
  const socket = connect({ ...target, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  const client = logBytes(socket);
  await once(socket, 'connect');
  return client;
}

/** The same for a client that may hear that it is refused before it hears that it was connected. */
export function connectInVain(port: number): ByteLog {
  const socket = connect({ port, host: '127.0.0.1' });
  onTestFinished(() => void socket.destroy());
  return logBytes(socket);
}

/** Sends bytes on a connection of their own and resolves to everything that came back until the other side closed. */
export async function exchangeRaw(to: number | string, request: string | Uint8Array): Promise<string> {
  const client = await connectRaw(to);
  client.send(request);
  return client.untilClosed();
}
