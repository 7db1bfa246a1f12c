// One direction of a splice: moves bytes as fast as the slower side takes them, and passes the end on. When to give up is splice-pair.ts.
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { ReadsUser, SocketReads } from './socket-reads.ts';

/** What a flow tells the splice that it is part of. */
export interface SpliceFlowOwner {
  /** Bytes moved, or a side got room again. */
  onActivity(): void;
  /** The source has ended. @returns whether that was the last thing to happen: the splice is over, and the end needs no passing on */
  onEnd(): boolean;
  /** The source has ended, and the sink has sent everything. */
  onDelivered(): void;
}

/**
 * Copies by events. `pipeline()` costs twice as much per connection, destroys both sides on the first end, and so has no half-close.
 */
export class SpliceFlow implements ReadsUser {
  bytes = 0;
  readonly #source: Duplex;
  readonly #reads: SocketReads | undefined;
  readonly #sink: Duplex;
  readonly #owner: SpliceFlowOwner;
  #lent = false;

  /** @param reads - Of a source that was dialled with `onRead` and so emits no `'data'`. */
  constructor(source: Duplex, reads: SocketReads | undefined, sink: Duplex, owner: SpliceFlowOwner) {
    this.#source = source;
    this.#reads = reads;
    this.#sink = sink;
    this.#owner = owner;
  }

  /** Whether everything was read, and written, and the end with it. */
  get delivered(): boolean {
    return this.#source.readableEnded && this.#sink.writableFinished;
  }

  /** Whether everything was read and written, and closing the sink sends the end. Only TCP's and Unix sockets' close is one. */
  get endsByClosing(): boolean {
    const sink = this.#sink;
    if (!this.#source.readableEnded || sink.writableLength > 0) return false;
    return sink instanceof Socket && !(sink instanceof TLSSocket);
  }

  start(): void {
    this.#source.on('end', this.#onEnd);
    this.#sink.on('drain', this.#onDrain).on('finish', this.#onFinish);
    if (this.#reads === undefined) this.#source.on('data', this.#onData);
    const early = this.#reads?.attach(this);
    if (early !== undefined) this.#onData(early);
    if (this.#source.readableEnded) this.#onEnd();
    else if (!this.#sink.writableNeedDrain) this.#source.resume();
  }

  stop(): void {
    this.#source.off('data', this.#onData).off('end', this.#onEnd);
    this.#sink.off('drain', this.#onDrain).off('finish', this.#onFinish);
    this.#reads?.release();
  }

  onBytes(bytes: Uint8Array, isLent: boolean): boolean {
    this.bytes += bytes.byteLength;
    this.#owner.onActivity();
    if (!isLent) return this.#sink.write(Buffer.from(bytes));
    // Not until 'drain': that comes only for more than the sink's high-water mark, and the memory is needed sooner.
    this.#sink.write(bytes, this.#onWritten);
    this.#lent = this.#sink.writableLength > 0;
    return !this.#lent;
  }

  readonly #onData = (chunk: Buffer): void => {
    this.bytes += chunk.byteLength;
    this.#owner.onActivity();
    if (!this.#sink.write(chunk)) this.#source.pause();
  };

  readonly #onWritten = (): void => {
    if (!this.#lent || this.#sink.writableLength > 0) return;
    this.#lent = false;
    this.#onDrain();
  };

  readonly #onDrain = (): void => {
    this.#owner.onActivity();
    if (!this.#lent) this.#source.resume();
  };

  readonly #onEnd = (): void => {
    this.#owner.onActivity();
    if (this.#owner.onEnd()) return;
    this.#sink.end();
    // A sink that had finished before says so no more.
    if (this.delivered) this.#owner.onDelivered();
  };

  readonly #onFinish = (): void => {
    this.#owner.onActivity();
    if (this.delivered) this.#owner.onDelivered();
  };
}
