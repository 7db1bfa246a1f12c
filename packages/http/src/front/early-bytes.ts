// The client's socket of an upgrade that waits for the endpoint. Node reads it no more, so somebody has to: or nobody would see the client leave.
import type { Duplex } from 'node:stream';

/** How many bytes a client may send before it knows whether it may. */
const maxEarlyBytes = 64 * 1024;

/** Keeps what a client sends early, and closes its socket when it leaves. */
export class EarlyBytes {
  readonly #socket: Duplex;
  readonly #chunks: Buffer[];
  #length: number;

  /** @param head - What came behind the request already. */
  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    this.#chunks = [head];
    this.#length = head.byteLength;
    socket.on('data', this.#onData).on('end', this.#onEnd);
  }

  /** Stops reading, and hands over what has come. */
  take(): Buffer {
    this.#socket.off('data', this.#onData).off('end', this.#onEnd);
    this.#socket.pause();
    return Buffer.concat(this.#chunks);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#length += chunk.byteLength;
    if (this.#length > maxEarlyBytes) this.#socket.pause();
  };

  readonly #onEnd = (): void => void this.#socket.destroy();
}
