// Reads into memory of the owner's, for sockets that node has no `onread` for: those of TLS over a connection that was there before.
import type { OnReadOpts, Socket } from 'node:net';

/** Gives what a socket reads to the owner, as `onread` would. It also emits `'data'`. */
export function feedReads(socket: Socket, onread: OnReadOpts): void {
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length;) {
      const memory = typeof onread.buffer === 'function' ? onread.buffer() : onread.buffer;
      const part = chunk.subarray(at, at + memory.length);
      memory.set(part);
      at += part.length;
      if (onread.callback(part.length, memory)) continue;
      socket.pause();
      if (at < chunk.length) socket.unshift(chunk.subarray(at));
      return;
    }
  });
}
