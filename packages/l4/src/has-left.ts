// Tells a client that is gone before anybody looked from one that has no address.
import type { Socket } from 'node:net';

/**
 * Whether a connection was reset before it was accepted. Its bytes can still be read, and whose they are is not known any more: address lists,
 * limits and trust would take them for those of a Unix socket, which has no address on its own side either.
 */
export function hasLeft(socket: Pick<Socket, 'remoteAddress' | 'localAddress'>): boolean {
  // In this order: the own address is asked of the system, too.
  return socket.remoteAddress === undefined && socket.localAddress !== undefined;
}
