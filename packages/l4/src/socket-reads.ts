// The reads of one dialled socket, for a splice: which memory they go to, and what came before anybody listened.
import type { OnRead } from './dialer.ts';
import type { ReadMemory } from './read-memory.ts';

/** Who uses what is read. */
export interface ReadsUser {
  /**
   * Gets each read; `false` pauses the socket until its `resume()`.
   *
   * Memory that is lent stays as it is until the socket reads on. Other memory is overwritten as soon as this returns.
   */
  onBytes(bytes: Uint8Array, isLent: boolean): boolean;
}

/** To be passed to a dial as `onRead`. */
export class SocketReads implements OnRead {
  readonly #memory: ReadMemory;
  #user: ReadsUser | undefined;
  #early: Buffer | undefined;
  #own: Uint8Array | undefined;
  #filled = false;
  #paused = false;

  constructor(memory: ReadMemory) {
    this.#memory = memory;
  }

  /** Where the next read goes. Asked by the socket before its first read and after each one. */
  readonly buffer = (): Uint8Array => {
    if (this.#filled) this.#own ??= this.#memory.take();
    else this.release();
    return this.#own ?? this.#memory.shared;
  };

  readonly callback = (bytesRead: number, buffer: Uint8Array): boolean => {
    // A record of TLS never fills the shared buffer. That is as well: TLS goes on delivering when it was paused, into memory that is lent.
    this.#filled = bytesRead === buffer.length;
    const bytes = buffer.subarray(0, bytesRead);
    if (this.#user === undefined) this.#keep(bytes);
    this.#paused = this.#user === undefined || !this.#user.onBytes(bytes, buffer === this.#own);
    return !this.#paused;
  };

  /**
   * Gives all further reads to `user`. The socket may be paused and has to be resumed.
   *
   * @returns what has come before
   */
  attach(user: ReadsUser): Buffer | undefined {
    this.#user = user;
    const early = this.#early;
    this.#early = undefined;
    return early;
  }

  /** Gives back memory of its own. */
  release(): void {
    if (this.#own !== undefined) this.#memory.give(this.#own, !this.#paused);
    this.#own = undefined;
  }

  /** An endpoint that speaks first waits until somebody listens. */
  #keep(bytes: Uint8Array): void {
    this.#early = this.#early === undefined ? Buffer.from(bytes) : Buffer.concat([this.#early, bytes]);
  }
}
