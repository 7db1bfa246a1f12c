// A client that writes bytes and looks at bytes: what no HTTP library would send, and what it would not show.

import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { logBytes, type ByteLog } from './byte-log.ts';

/** Connects to a port on loopback. The connection is closed when the test ends. */
export async function connectRaw(port: number): Promise<ByteLog> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  const client = logBytes(socket);
  await once(socket, 'connect');
  return client;
}

/** Sends bytes on a connection of their own and resolves to everything that came back until the other side closed. */
export async function exchangeRaw(port: number, request: string | Uint8Array): Promise<string> {
  const client = await connectRaw(port);
  client.send(request);
  return client.untilClosed();
}
