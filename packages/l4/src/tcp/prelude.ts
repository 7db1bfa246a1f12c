// The one seam for what happens between accept and route: PROXY headers, TLS, a look at the first bytes.
import type { Cancellation } from '@sluice/core';
import type { Socket } from 'node:net';
import type { MutableClientConnection } from './client-connection.ts';

/**
 * A step between accept and route. It may read from the socket (with `peek`), note facts on the connection, and wrap the socket.
 *
 * It returns the socket that the next step reads: the same one, or one that stands on it, whose end is then the end of both.
 * It throws a `ProxyError` to refuse the client; the connection is closed then, and counted under the error's code.
 * The socket has an `'error'` listener, and is destroyed by the proxy when the cancellation comes. A socket of the prelude's own needs an
 * `'error'` listener of its own from its first moment.
 */
export type Prelude = (
  socket: Socket,
  connection: MutableClientConnection,
  cancellation: Cancellation,
) => Socket | Promise<Socket>;
