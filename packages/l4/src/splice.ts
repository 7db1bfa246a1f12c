// Joins two byte streams until both directions are over: backpressure, half-close, byte counts, an idle limit. By events, not pipeline(),
// which costs twice as much.
import { onCancel, systemClock, type Cancellation, type Clock, type ProxyError, type Timer } from '@sluice/core';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { l4Error } from './errors.ts';

/** How two streams are joined. */
export interface SpliceOptions {
  /** How long nothing may move in either direction, in milliseconds. @defaultValue Infinity */
  readonly idleTimeoutMs?: number;
  /** Cuts both when it is cancelled. */
  readonly cancellation?: Cancellation | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** How it went. */
export interface SpliceResult {
  /** Bytes from the downstream to the upstream side, and back. */
  readonly bytesForward: number;
  readonly bytesBackward: number;
  readonly ended: 'both-ended' | 'idle-timeout' | 'error' | 'cancelled';
  /** What ended it, unless both sides did. The first error counts. */
  readonly error: unknown;
}

/**
 * Joins two streams both ways.
 *
 * When one side ends, the other is ended behind its last byte, and goes on in the other direction. Bytes that are buffered in a stream
 * (`unshift`) are the first to go over. The streams belong to the splice from the call on.
 *
 * @returns when both streams are closed. Never rejects.
 */
export function splice(downstream: Duplex, upstream: Duplex, options: SpliceOptions = {}): Promise<SpliceResult> {
  return new Promise((resolve) => {
    new Splice(downstream, upstream, options, resolve).start();
  });
}

class Splice {
  readonly #downstream: Duplex;
  readonly #upstream: Duplex;
  readonly #resolve: (result: SpliceResult) => void;
  readonly #idle: Timer;
  readonly #options: SpliceOptions;
  #stopListening: (() => void) | undefined;
  #bytesForward = 0;
  #bytesBackward = 0;
  #ended: SpliceResult['ended'] = 'both-ended';
  #error: unknown = undefined;
  #open = 2;

  constructor(downstream: Duplex, upstream: Duplex, options: SpliceOptions, resolve: (result: SpliceResult) => void) {
    const { clock = systemClock, idleTimeoutMs = Infinity } = options;
    this.#downstream = downstream;
    this.#upstream = upstream;
    this.#options = options;
    this.#resolve = resolve;
    this.#idle = clock.setTimer(() => this.#cut('idle-timeout', idle(idleTimeoutMs)), idleTimeoutMs);
  }

  start(): void {
    const { cancellation } = this.#options;
    this.#join(this.#downstream, this.#upstream, (bytes) => (this.#bytesForward += bytes));
    this.#join(this.#upstream, this.#downstream, (bytes) => (this.#bytesBackward += bytes));
    if (cancellation !== undefined)
      this.#stopListening = onCancel(cancellation, (reason) => this.#cut('cancelled', reason));
  }

  #join(from: Duplex, to: Duplex, count: (bytes: number) => void): void {
    from.on('error', (error) => this.#cut('error', error));
    from.once('close', () => this.#onClose(from, to));
    if (from.destroyed) {
      // Its close event may be long gone.
      if (from.closed) this.#onClose(from, to);
      return;
    }
    from.on('data', (chunk: Uint8Array) => {
      count(chunk.byteLength);
      this.#idle.refresh();
      if (to.writable && !to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      this.#idle.refresh();
      from.resume();
    });
    from.once('end', () => {
      if (to.writable) to.end();
    });
  }

  #onClose(stream: Duplex, other: Duplex): void {
    this.#open--;
    if (this.#open === 0) this.#finish();
    // A close without an end is a connection that was cut, so the other one is cut as well.
    else if (!stream.readableEnded && !other.destroyed)
      this.#cut('error', stream.errored ?? new Error('the connection was cut'));
    else if (!other.writableEnded) other.end();
  }

  #cut(ended: SpliceResult['ended'], error: unknown): void {
    if (this.#error === undefined) {
      this.#ended = ended;
      this.#error = error;
    }
    cutStream(this.#downstream);
    cutStream(this.#upstream);
  }

  #finish(): void {
    this.#idle.cancel();
    this.#stopListening?.();
    this.#resolve({
      bytesForward: this.#bytesForward,
      bytesBackward: this.#bytesBackward,
      ended: this.#ended,
      error: this.#error,
    });
  }
}

/** Closes a connection so that the other end notices that it was cut: by a reset where there is TCP underneath. */
function cutStream(stream: Duplex): void {
  if (stream.destroyed) return;
  if (stream instanceof Socket && stream.remotePort !== undefined && !('encrypted' in stream)) stream.resetAndDestroy();
  else stream.destroy();
}

function idle(limitMs: number): ProxyError {
  return l4Error('SLUICE_IDLE_TIMEOUT', `nothing moved in either direction for ${limitMs} ms`);
}
