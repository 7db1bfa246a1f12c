// Looks at the first bytes of a connection before anybody reads it: bounded in bytes and time. What was not consumed is put back.
// What the bytes mean is decided by those who ask.
import { onCancel, systemClock, type Cancellation, type Clock, type ProxyError, type Timer } from '@sluice/core';
import type { Duplex } from 'node:stream';
import { l4Error } from './errors.ts';

/** What an inspection has found. */
export interface Inspection<Value> {
  /** What the bytes mean. */
  readonly value: Value;
  /** How many of the bytes are used up, from the first on; the others are put back. */
  readonly consume: number;
}

/** What `peek` takes besides the stream. */
export interface PeekOptions<Value> {
  /**
   * Looks at all bytes that came so far, `maxBytes` at most, each time there are more. `undefined` asks for more. What it throws rejects the peek.
   * The bytes are not its own: it copies what it keeps.
   */
  readonly inspect: (bytes: Buffer) => Inspection<Value> | undefined;
  /** How many bytes it may take to decide. */
  readonly maxBytes: number;
  /** How long it may take to decide, in milliseconds; `Infinity` is no limit. */
  readonly timeoutMs: number;
  /** Gives up. */
  readonly cancellation?: Cancellation | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

/** What a peek came to. */
export type Peeked<Value> =
  | {
      /** The inspection has decided. */
      readonly ended: 'decided';
      /** What it found. */
      readonly value: Value;
    }
  | {
      /** Why there was no decision: `timeoutMs` are over, the other side has ended, or `maxBytes` were not enough. */
      readonly ended: 'timeout' | 'end-of-stream' | 'full';
      /** None. */
      readonly value: undefined;
      /** How many bytes had come. They are all put back; `0` is silence. */
      readonly bytes: number;
    };

/**
 * Reads the first bytes of a stream until an inspection has decided what they are.
 *
 * Whatever the outcome, the bytes that were not consumed are read next by whoever reads the stream, and so is its end. Nobody else may read
 * meanwhile. The stream is left paused, without a listener of the peek, and keeps its own `'error'` listener.
 *
 * Rejects with what the inspection throws, with the reason of the cancellation, or with `SLUICE_CLIENT_LEFT` when the stream is closed.
 */
export function peek<Value>(stream: Duplex, options: PeekOptions<Value>): Promise<Peeked<Value>> {
  return new Promise((resolve, reject) => new Peek(stream, options, resolve, reject).start());
}

class Peek<Value> {
  readonly #stream: Duplex;
  readonly #options: PeekOptions<Value>;
  readonly #resolve: (peeked: Peeked<Value>) => void;
  readonly #reject: (reason: unknown) => void;
  #bytes: Buffer | undefined;
  #settled = false;
  #timer: Timer | undefined;
  #forgetCancellation = (): void => {};

  constructor(
    stream: Duplex,
    options: PeekOptions<Value>,
    resolve: (peeked: Peeked<Value>) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#stream = stream;
    this.#options = options;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    const { cancellation, clock = systemClock, timeoutMs } = this.#options;
    if (cancellation?.aborted === true) return this.#reject(cancellation.reason);
    if (this.#stream.destroyed) return this.#onClose();
    if (this.#stream.readableEnded) return this.#giveUp('end-of-stream');
    // Bytes may be waiting already, and then nothing has to be set up.
    const bytes = this.#stream.read() as Buffer | null;
    if (bytes !== null) this.#take(bytes);
    if (this.#settled) return;
    this.#stream.on('readable', this.#onReadable).on('end', this.#onEnd).on('close', this.#onClose);
    this.#timer = clock.setTimer(() => this.#giveUp('timeout'), timeoutMs);
    if (cancellation !== undefined) this.#forgetCancellation = onCancel(cancellation, this.#onCancelled);
  }

  // 'readable' and not 'data': a stream does not emit its end while bytes are put back in the same turn in which it would have.
  readonly #onReadable = (): void => {
    const bytes = this.#stream.read() as Buffer | null;
    if (bytes === null) this.#giveUp('end-of-stream');
    else this.#take(bytes);
  };

  readonly #onEnd = (): void => this.#giveUp('end-of-stream');
  readonly #onCancelled = (reason: unknown): void => this.#fail(reason);
  readonly #onClose = (): void => this.#fail(clientLeft(this.#stream.errored));

  #take(bytes: Buffer): void {
    const { inspect, maxBytes } = this.#options;
    const all = this.#bytes === undefined ? bytes : Buffer.concat([this.#bytes, bytes]);
    this.#bytes = all;
    let found;
    try {
      found = inspect(all.length > maxBytes ? all.subarray(0, maxBytes) : all);
    } catch (error) {
      return this.#fail(error);
    }
    if (found !== undefined) this.#decide(found);
    else if (all.length >= maxBytes) this.#giveUp('full');
  }

  #decide({ value, consume }: Inspection<Value>): void {
    this.#settle(consume);
    this.#resolve({ ended: 'decided', value });
  }

  #giveUp(ended: 'timeout' | 'end-of-stream' | 'full'): void {
    if (this.#settled) return;
    const bytes = this.#bytes?.length ?? 0;
    this.#settle(0);
    this.#resolve({ ended, value: undefined, bytes });
  }

  #fail(reason: unknown): void {
    if (this.#settled) return;
    this.#settle(0);
    this.#reject(reason);
  }

  /** Leaves the stream as it was, without the first bytes. */
  #settle(consumed: number): void {
    this.#settled = true;
    this.#timer?.cancel();
    this.#forgetCancellation();
    const stream = this.#stream;
    stream.off('readable', this.#onReadable).off('end', this.#onEnd).off('close', this.#onClose);
    const rest = this.#bytes?.subarray(consumed);
    this.#bytes = undefined;
    if (stream.destroyed) return;
    stream.pause();
    if (rest !== undefined && rest.length > 0) stream.unshift(rest);
  }
}

/** The client is gone before its connection was joined with an endpoint's. */
export function clientLeft(cause: unknown): ProxyError {
  return l4Error('SLUICE_CLIENT_LEFT', 'the client closed its connection', { cause });
}
