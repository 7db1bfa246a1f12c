// Joins two byte streams both ways until they are over: who ends it, and how both sides are closed. The copying is splice-flow.ts.
import { onCancel, resolveOptions, systemClock, type Cancellation, type Clock, type Timer } from '@sluice/core';
import type { Duplex } from 'node:stream';
import { cutStream } from './cut-stream.ts';
import { l4Error } from './errors.ts';
import { SpliceFlow } from './splice-flow.ts';

/** What `splice` takes besides the two streams. */
export interface SpliceOptions {
  /** The most time in which no byte moves in either direction, in milliseconds. `false`: no limit. @defaultValue 600000 */
  readonly idleTimeoutMs?: number | false;
  /** Cuts both sides. */
  readonly cancellation?: Cancellation | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** The defaults of `SpliceOptions`. The idle timeout is that of nginx's `proxy_timeout`. */
export const spliceDefaults: { readonly idleTimeoutMs: number } = Object.freeze({ idleTimeoutMs: 600_000 });

/** One of the two streams. */
export type SpliceSide = 'downstream' | 'upstream';

/** How a splice ended. */
export interface SpliceResult {
  /** Bytes from downstream that were written upstream. */
  readonly bytesForward: number;
  /** Bytes from upstream that were written downstream. */
  readonly bytesBackward: number;
  /** `both-ended` is the only end at which nothing was lost. */
  readonly ended: 'both-ended' | 'idle-timeout' | 'error' | 'cancelled';
  /** The first error, `SLUICE_IDLE_TIMEOUT`, or the reason of the cancellation when that is an error. */
  readonly error?: Error;
  /** Whose the error was. */
  readonly side?: SpliceSide;
}

/**
 * Sends everything that comes from one stream to the other, both ways, until both have ended or something goes wrong.
 *
 * At most the two streams' own buffers are held. An end is passed on as an end: the other direction stays open (`allowHalfOpen` is set on
 * both). An error or a cancellation cuts both sides at once; a plain TCP socket is reset, so that its peer cannot take what it got
 * for the whole. Bytes that were put back with `unshift()` go first. A stream must emit `'data'` (a socket dialled with `onRead` does not)
 * and, once destroyed, `'close'`.
 *
 * @returns when both streams are closed and no listener of the splice is left on them. Never throws and never rejects: wrong options and
 * streams that were destroyed before are results too.
 */
export function splice(downstream: Duplex, upstream: Duplex, options: SpliceOptions = {}): Promise<SpliceResult> {
  return new Promise((resolve) => new Splice(downstream, upstream, resolve).start(options));
}

type Verdict = Pick<SpliceResult, 'ended' | 'error' | 'side'>;

class Splice {
  readonly #downstream: Duplex;
  readonly #upstream: Duplex;
  readonly #forward: SpliceFlow;
  readonly #backward: SpliceFlow;
  readonly #resolve: (result: SpliceResult) => void;
  #clock = systemClock;
  #idleTimeoutMs = Infinity;
  #lastActivityMs = 0;
  #idleTimer: Timer | undefined;
  #forgetCancellation = (): void => {};
  #verdict: Verdict | undefined;
  #openStreams = 0;

  constructor(downstream: Duplex, upstream: Duplex, resolve: (result: SpliceResult) => void) {
    this.#downstream = downstream;
    this.#upstream = upstream;
    this.#forward = new SpliceFlow(downstream, upstream, this);
    this.#backward = new SpliceFlow(upstream, downstream, this);
    this.#resolve = resolve;
  }

  start(options: SpliceOptions): void {
    this.#watch(this.#downstream, this.#onDownstreamError, this.#onDownstreamClose);
    this.#watch(this.#upstream, this.#onUpstreamError, this.#onUpstreamClose);
    try {
      this.#applyOptions(options);
    } catch (error) {
      return this.#settle({ ended: 'error', error: error as Error });
    }
    if (this.#downstream.destroyed) return this.#settle(brokenOff(this.#downstream, 'downstream'));
    if (this.#upstream.destroyed) return this.#settle(brokenOff(this.#upstream, 'upstream'));
    this.#downstream.allowHalfOpen = true;
    this.#upstream.allowHalfOpen = true;
    this.#lastActivityMs = this.#clock.now();
    this.#idleTimer = this.#clock.setTimer(this.#checkIdle, this.#idleTimeoutMs);
    const { cancellation } = options;
    if (cancellation !== undefined) this.#forgetCancellation = onCancel(cancellation, this.#onCancelled);
    for (const flow of [this.#forward, this.#backward]) if (this.#verdict === undefined) flow.start();
  }

  #watch(stream: Duplex, onError: (error: Error) => void, onClose: () => void): void {
    stream.on('error', onError);
    // One that is closed already says so no more.
    if (stream.closed) return;
    stream.on('close', onClose);
    this.#openStreams++;
  }

  onActivity(): void {
    this.#lastActivityMs = this.#clock.now();
  }

  onDelivered(): void {
    if (this.#forward.delivered && this.#backward.delivered) this.#settle({ ended: 'both-ended' });
  }

  #applyOptions(options: SpliceOptions): void {
    resolveOptions(options, 'splice', (reader) => {
      this.#idleTimeoutMs = reader.milliseconds('idleTimeoutMs', { default: spliceDefaults.idleTimeoutMs, min: 1 });
      this.#clock = (reader.raw('clock') as Clock | undefined) ?? systemClock;
      reader.raw('cancellation');
    });
  }

  // One timer for the whole splice: a chunk only notes the time, and the timer looks at the note when it fires.
  readonly #checkIdle = (): void => {
    const restMs = this.#lastActivityMs + this.#idleTimeoutMs - this.#clock.now();
    if (restMs > 0) {
      this.#idleTimer = this.#clock.setTimer(this.#checkIdle, restMs);
      return;
    }
    const message = `no byte moved in either direction for ${this.#idleTimeoutMs} ms`;
    this.#settle({ ended: 'idle-timeout', error: l4Error('SLUICE_IDLE_TIMEOUT', message) });
  };

  readonly #onCancelled = (reason: unknown): void => {
    this.#settle(reason instanceof Error ? { ended: 'cancelled', error: reason } : { ended: 'cancelled' });
  };

  readonly #onDownstreamError = (error: Error): void => this.#settle({ ended: 'error', error, side: 'downstream' });
  readonly #onUpstreamError = (error: Error): void => this.#settle({ ended: 'error', error, side: 'upstream' });
  readonly #onDownstreamClose = (): void => this.#onClose(this.#downstream, 'downstream');
  readonly #onUpstreamClose = (): void => this.#onClose(this.#upstream, 'upstream');

  #onClose(stream: Duplex, side: SpliceSide): void {
    this.#openStreams--;
    if (this.#verdict !== undefined) this.#finishWhenClosed();
    // A side that read and sent everything closes by itself while the other one is still sending.
    else if (!stream.readableEnded || !stream.writableFinished) this.#settle(brokenOff(stream, side));
  }

  /** The first verdict counts. */
  #settle(verdict: Verdict): void {
    if (this.#verdict !== undefined) return;
    this.#verdict = verdict;
    this.#idleTimer?.cancel();
    this.#forgetCancellation();
    this.#forward.stop();
    this.#backward.stop();
    const lossy = verdict.ended === 'error' || verdict.ended === 'cancelled';
    close(this.#downstream, lossy);
    close(this.#upstream, lossy);
    this.#finishWhenClosed();
  }

  #finishWhenClosed(): void {
    // A tick later: a stream that was destroyed just before it came here still has its 'error' to emit.
    if (this.#openStreams === 0) process.nextTick(this.#finish);
  }

  readonly #finish = (): void => {
    this.#downstream.off('error', this.#onDownstreamError).off('close', this.#onDownstreamClose);
    this.#upstream.off('error', this.#onUpstreamError).off('close', this.#onUpstreamClose);
    this.#resolve({
      bytesForward: this.#forward.bytes,
      bytesBackward: this.#backward.bytes,
      ...(this.#verdict as Verdict),
    });
  };
}

function brokenOff(stream: Duplex, side: SpliceSide): Verdict {
  const error = stream.errored ?? new Error(`the ${side} stream was closed before it had ended`);
  return { ended: 'error', error, side };
}

function close(stream: Duplex, lossy: boolean): void {
  if (lossy || stream.writableLength > 0) cutStream(stream);
  else stream.destroy();
}
