// Whether a client's connection may be closed without an orderly end.
import type { Socket } from 'node:net';
import type { ConnectionInfo } from '../headers/client-resolver.ts';

/**
 * Whether a client that has said that it sends no more, and has its response, is left with one system call instead of the three of an orderly end.
 * Nothing is on its way from it, so that no reset is to be feared. TLS has last words of its own.
 */
export function mayJustClose(socket: Socket, { tls }: ConnectionInfo): boolean {
  return tls === undefined && socket.writableLength === 0;
}
