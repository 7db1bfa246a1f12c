// The memory that sockets read into. The first read of a response goes into one buffer that all connections of a transport share, because it is
// copied or sent on before the next read. Bodies that go on need a buffer each, and so do connections that bring one large body after the other.

/** Size of a connection's own buffer at first. */
const usualBytes = 64 * 1024;
/** Size of the shared buffer, and of a connection's own once it was filled: fewer system calls for large bodies. */
const largeBytes = 256 * 1024;
/** A TLS record, which is what one read brings under TLS. */
const recordBytes = 16 * 1024;
/** A response none of whose reads brought more is a small one. */
const smallBytes = 16 * 1024;
/** How many buffers of a size wait for their next use. */
const spareCount = 8;

/** The read buffers of one transport. */
export class ReadBuffers {
  /** For the first read of a response. What is read into it must be used up, or copied, before the read's callback returns. */
  readonly shared: Uint8Array = Buffer.allocUnsafeSlow(largeBytes);
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
  readonly #usualBytes: number;
  readonly #largeBytes: number;
  #size: number;
  /** Where the next read goes, unless that is the shared buffer. */
  #own: Uint8Array | undefined;
  /** Buffers with views that somebody needs. */
  #held: Uint8Array[] = [];
  /** The most that one read of this response has brought. */
  #most = 0;

  constructor(buffers: ReadBuffers, state: ReadState, secure: boolean) {
    this.#buffers = buffers;
    this.#state = state;
    this.#usualBytes = secure ? recordBytes : usualBytes;
    this.#largeBytes = secure ? recordBytes : largeBytes;
    this.#size = this.#usualBytes;
  }

  /** Asked by the socket before its first read and after each one. */
  readonly next = (): Uint8Array => {
    const { betweenBodies, holdsViews } = this.#state;
    if (this.#held.length > 0 && !holdsViews) this.settle();
    if (betweenBodies) {
      // Large responses come one after the other: the head of the next one goes where its body need not be copied.
      const wasSmall = this.#most <= smallBytes;
      this.#most = 0;
      if (wasSmall) {
        this.#size = this.#usualBytes;
        this.#putAway();
        return this.#buffers.shared;
      }
    }
    if (holdsViews || this.#own?.length !== this.#size) this.#putAway();
    this.#own ??= this.#buffers.take(this.#size);
    return this.#own;
  };

  /** Whether these bytes are in memory that is about to be overwritten by somebody else's. */
  isShared(bytes: Uint8Array): boolean {
    return bytes === this.#buffers.shared;
  }

  /** Notes how much of a buffer was filled. */
  note(bytesRead: number, buffer: Uint8Array): void {
    if (bytesRead > this.#most) this.#most = bytesRead;
    if (bytesRead >= this.#usualBytes || bytesRead === buffer.length) this.#size = this.#largeBytes;
  }

  /** Nobody needs a view any more. */
  settle(): void {
    if (this.#held.length > 0) for (const buffer of this.#held.splice(0)) this.#buffers.give(buffer);
  }

  /** Gives everything back; what somebody still looks at is left to the garbage collector. */
  release(): void {
    this.#putAway();
    if (!this.#state.holdsViews) this.settle();
    this.#held = [];
  }

  #putAway(): void {
    const own = this.#own;
    if (own === undefined) return;
    this.#own = undefined;
    if (this.#state.holdsViews) this.#held.push(own);
    else this.#buffers.give(own);
  }
}
