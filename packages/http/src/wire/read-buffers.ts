// The memory that sockets read into. Idle connections have none of their own: the first read of every response goes into one buffer that all
// connections of a transport share, because it is copied or sent on before the next read. Only bodies that go on need a buffer each.

/** Size of the shared buffer, and of a connection's own at first. */
const usualBytes = 64 * 1024;
/** Size of a connection's own buffer once it was filled repeatedly: fewer system calls for large bodies. */
const largeBytes = 256 * 1024;
/** A TLS record, which is what one read brings under TLS. */
const recordBytes = 16 * 1024;
/** How many times in a row a buffer is filled before a larger one takes its place. */
const fillsBeforeGrowth = 2;
/** How many buffers of a size wait for their next use. */
const spareCount = 8;

/** The read buffers of one transport. */
export class ReadBuffers {
  /** For the first read of a response. What is read into it must be used up before the read's callback returns. */
  readonly shared: Uint8Array = Buffer.allocUnsafeSlow(usualBytes);
  readonly #spare = new Map<number, Uint8Array[]>();

  take(size: number): Uint8Array {
    return this.#spare.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  give(buffer: Uint8Array): void {
    const spare = this.#spare.get(buffer.length);
    if (spare === undefined) this.#spare.set(buffer.length, [buffer]);
    else if (spare.length < spareCount) spare.push(buffer);
  }
}

/** What a connection's reads depend on. */
export interface ReadState {
  /** Whether the next bytes start a response, so that they may go to the shared buffer. */
  readonly betweenBodies: boolean;
  /** Whether somebody still needs a view into the connection's own buffer. */
  readonly holdsViews: boolean;
}

/** Says where a connection's next read goes. */
export class ReadBuffer {
  readonly #buffers: ReadBuffers;
  readonly #state: ReadState;
  readonly #secure: boolean;
  #own: Uint8Array | undefined;
  #fills = 0;

  constructor(buffers: ReadBuffers, state: ReadState, secure: boolean) {
    this.#buffers = buffers;
    this.#state = state;
    this.#secure = secure;
  }

  /** Asked by the socket before its first read and after each one. */
  readonly next = (): Uint8Array => {
    if (this.#state.betweenBodies) {
      this.release();
      return this.#buffers.shared;
    }
    // A TLS socket that was told to stop still delivers the records it has decrypted, so a view in use must not be its next target.
    if (this.#secure && this.#state.holdsViews) this.#own = undefined;
    if (this.#fills >= fillsBeforeGrowth) this.#grow();
    this.#own ??= this.#buffers.take(this.#secure ? recordBytes : usualBytes);
    return this.#own;
  };

  /** Whether these bytes are in memory that is about to be overwritten by somebody else's. */
  isShared(bytes: Uint8Array): boolean {
    return bytes === this.#buffers.shared;
  }

  /** Notes how much of a buffer was filled. */
  note(bytesRead: number, buffer: Uint8Array): void {
    this.#fills = bytesRead === buffer.length && buffer === this.#own ? this.#fills + 1 : 0;
  }

  /** Gives the connection's own buffer back, unless a view into it is in use: then it is left to the garbage collector. */
  release(): void {
    const own = this.#own;
    this.#own = undefined;
    this.#fills = 0;
    if (own !== undefined && !this.#state.holdsViews) this.#buffers.give(own);
  }

  #grow(): void {
    if (this.#own?.length !== usualBytes || this.#state.holdsViews) return;
    this.#buffers.give(this.#own);
    this.#own = this.#buffers.take(largeBytes);
  }
}
