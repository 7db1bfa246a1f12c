// The memory that dialled sockets read into. Idle connections have none of their own: all of them share one buffer, whose bytes are copied before
// they are written on. A connection that fills it gets a large buffer of its own for as long as it goes on filling it.

/** Size of the shared buffer. */
const sharedBytes = 64 * 1024;
/** Size of a connection's own buffer: fewer system calls, and nothing is copied. */
const ownBytes = 256 * 1024;
/** How many connections may have a buffer of their own at one time (16 MiB). The others go on with the shared one. */
const maxOwned = 64;
/** How many buffers wait for their next use. */
const maxSpare = 8;

/** The read memory of one proxy. */
export class ReadMemory {
  /** What is read into it must be used up before the read's callback returns. */
  readonly shared: Uint8Array = Buffer.allocUnsafeSlow(sharedBytes);
  readonly #spare: Uint8Array[] = [];
  #owned = 0;

  /** A large buffer, if there is one to be had. */
  take(): Uint8Array | undefined {
    if (this.#owned >= maxOwned) return undefined;
    this.#owned++;
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(ownBytes);
  }

  /** Takes a large buffer back. One that is not free is left to those who still write from it. */
  give(buffer: Uint8Array, isFree: boolean): void {
    this.#owned--;
    if (isFree && this.#spare.length < maxSpare) this.#spare.push(buffer);
  }
}
