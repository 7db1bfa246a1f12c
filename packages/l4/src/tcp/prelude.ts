// The one seam for what happens between accept and route: PROXY headers, TLS, a look at the first bytes.
import { describeValue, type Cancellation, type OptionsReader } from '@sluice/core';
import type { Socket } from 'node:net';
import type { FirstBytesNeeds } from '../client-hello/first-bytes-options.ts';
import type { MutableClientConnection } from './client-connection.ts';

/**
 * A step between accept and route. It may read from the socket (with `peek`), note facts on the connection, and wrap the socket.
 *
 * It returns the socket that the next step reads: the same one, or one that stands on it, whose end is then the end of both.
 * It throws a `ProxyError` to refuse the client; the connection is closed then, and counted under the error's code.
 * It must not go on when the cancellation comes: the client has left, or its time is over. The socket has an `'error'` listener. One that the
 * prelude makes needs its own from its first moment, and is closed before the prelude throws.
 */
export interface Prelude {
  (socket: Socket, connection: MutableClientConnection, cancellation: Cancellation): Socket | Promise<Socket>;
  /**
   * Whether connections from an address are a proxy's that will tell its client's address. They do not count as connections of the address
   * that they come from. @defaultValue none are
   */
  readonly speaksFor?: (address: string) => boolean;
  /** What it notes of the first bytes, so that the proxy does not look at them again. @defaultValue nothing */
  readonly notes?: FirstBytesNeeds;
}

/** Reads the option `preludes` among others. */
export function readPreludes(reader: OptionsReader): readonly Prelude[] {
  return reader.list('preludes', (value, path) => {
    if (typeof value === 'function') return value as Prelude;
    reader.issue(path, `must be a prelude, got ${describeValue(value)}`);
    return undefined;
  });
}
