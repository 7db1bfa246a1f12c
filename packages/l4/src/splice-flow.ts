// One direction of a splice: moves bytes as fast as the slower side takes them, and passes the end on. When to give up is splice.ts.
import type { Duplex } from 'node:stream';

/** What a flow tells the splice that it is part of. */
export interface SpliceFlowOwner {
  /** Bytes moved, or a side got room again. */
  onActivity(): void;
  /** The source has ended, and the sink has sent everything. Called once at most. */
  onDelivered(): void;
}

/**
 * Copies by events. `pipeline()` costs twice as much per connection, destroys both sides on the first end, and so has no half-close.
 */
export class SpliceFlow {
  bytes = 0;
  readonly #source: Duplex;
  readonly #sink: Duplex;
  readonly #owner: SpliceFlowOwner;

  constructor(source: Duplex, sink: Duplex, owner: SpliceFlowOwner) {
    this.#source = source;
    this.#sink = sink;
    this.#owner = owner;
  }

  /** Whether everything was read, and written, and the end with it. */
  get delivered(): boolean {
    return this.#source.readableEnded && this.#sink.writableFinished;
  }

  start(): void {
    this.#source.on('data', this.#onData).on('end', this.#onEnd);
    this.#sink.on('drain', this.#onDrain).on('finish', this.#onFinish);
    if (this.#source.readableEnded) this.#onEnd();
    else this.#source.resume();
  }

  stop(): void {
    this.#source.off('data', this.#onData).off('end', this.#onEnd);
    this.#sink.off('drain', this.#onDrain).off('finish', this.#onFinish);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.bytes += chunk.byteLength;
    this.#owner.onActivity();
    if (!this.#sink.write(chunk)) this.#source.pause();
  };

  readonly #onDrain = (): void => {
    this.#owner.onActivity();
    this.#source.resume();
  };

  readonly #onEnd = (): void => {
    this.#owner.onActivity();
    this.#sink.end();
    // A sink that had finished before says so no more.
    if (this.delivered) this.#owner.onDelivered();
  };

  readonly #onFinish = (): void => {
    this.#owner.onActivity();
    if (this.delivered) this.#owner.onDelivered();
  };
}
