// Pipelined requests under node:http, which hands out all that have come at once and queues their responses: each one waits for its turn here, so that a
// client has one request at work on a connection, as on the wire front, and not as many as fit into a packet.
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Resolves when the response is the one that its connection is at. Never, when the connection closes before; nothing is kept for it then.
 *
 * @returns `undefined` when it is that already, and `false` when its client has left, which no event tells any more.
 */
export function responseTurn(req: IncomingMessage, res: ServerResponse): Promise<void> | false | undefined {
  if (res.closed || req.socket.destroyed) return false;
  if (res.socket !== null) return undefined;
  return new Promise((resolve) => void res.once('socket', () => resolve()));
}
