// Opens a connection for a request and leads the socket's bytes to it.
import type { Dialer, OnRead } from '@sluice/l4';
import type { OutgoingRequest } from '../transport/transport.ts';
import { mayLeaveHttp } from './client-exchange.ts';
import { ClientConnection } from './client-connection.ts';
import type { ClientConnectionOptions } from './connection-keeper.ts';
import { ReadBuffer, type ReadBuffers } from './read-buffers.ts';

/**
 * Opens a connection to the request's endpoint, which is then for its caller to use.
 *
 * @throws ProxyError of the dialer, or the reason of the request's scope.
 */
export async function openConnection(
  dialer: Dialer,
  buffers: ReadBuffers,
  request: OutgoingRequest,
  options: ClientConnectionOptions,
): Promise<ClientConnection> {
  const { scope, timeouts, endpoint } = request;
  const { address } = endpoint;
  const connection = new ClientConnection(address.href, options);
  const target = { address, endpoint, cancellation: scope, connectTimeoutMs: timeouts.connectMs };
  if (mayLeaveHttp(request)) {
    // A socket that reads into our memory could not be handed on as a stream afterwards.
    const socket = await dialer.dial(target);
    connection.attach(socket);
    socket.on('data', (chunk: Buffer) => {
      if (!connection.onBytes(chunk, false)) socket.pause();
    });
    return connection;
  }
  const buffer = new ReadBuffer(buffers, connection.reader, address.secure);
  connection.onViewsReleased = () => {
    if (!connection.reader.holdsViews) buffer.settle();
  };
  const onRead: OnRead = {
    buffer: buffer.next,
    callback: (bytesRead, bytes) => {
      buffer.note(bytesRead, bytes);
      const filled = bytesRead === bytes.length ? bytes : bytes.subarray(0, bytesRead);
      return connection.onBytes(filled, buffer.isShared(bytes));
    },
  };
  const socket = await dialer.dial({ ...target, onRead });
  connection.attach(socket);
  socket.once('close', () => buffer.release());
  return connection;
}
