// What has come over a socket so far, as text, and waiting for more of it.

import type { Socket } from 'node:net';
import { vi } from 'vitest';

/** One end of a connection, as a test sees it. */
export interface ByteLog {
  readonly socket: Socket;
  /** All bytes that came so far, as Latin-1 text. */
  readonly received: string;
  /** Whether the other side has closed, and whether it did so by a reset. */
  readonly isClosed: boolean;
  readonly wasReset: boolean;
  send(bytes: string | Uint8Array): void;
  /** Resolves to everything received once it matches. Fails the test when that does not come, or the connection closes before. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves to everything received when the other side has closed. */
  untilClosed(): Promise<string>;
}

/** Starts to read a socket. */
export function logBytes(socket: Socket): ByteLog {
  let received = '';
  let isEnded = false;
  let wasReset = false;
  socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  socket.on('end', () => (isEnded = true));
  socket.on('error', (error: NodeJS.ErrnoException) => (wasReset ||= error.code === 'ECONNRESET'));
  const isClosed = (): boolean => isEnded || socket.destroyed;
  return {
    socket,
    get received() {
      return received;
    },
    get isClosed() {
      return isClosed();
    },
    get wasReset() {
      return wasReset;
    },
    send: (bytes) => void socket.write(bytes, 'latin1'),
    async until(pattern) {
      await vi.waitUntil(() => pattern.test(received) || isClosed(), { timeout: 10_000, interval: 2 });
      if (!pattern.test(received)) throw new Error(`closed before ${pattern}: ${JSON.stringify(received)}`);
      return received;
    },
    async untilClosed() {
      await vi.waitUntil(isClosed, { timeout: 10_000, interval: 2 });
      return received;
    },
  };
}
