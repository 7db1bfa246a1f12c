// The two directions of a splice and how they end together: who ends it, and how both sides are closed. Time limits belong to its owners.
import type { Duplex } from 'node:stream';
import { cutStream } from './cut-stream.ts';
import type { SocketReads } from './socket-reads.ts';
import { SpliceFlow } from './splice-flow.ts';

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

/** Why a splice is over. */
export type SpliceVerdict = Pick<SpliceResult, 'ended' | 'error' | 'side'>;

/** Who has made a splice, and hears of it. */
export interface SpliceOwner {
  /** What time it is, in milliseconds; may be coarse. */
  readonly nowMs: () => number;
  /** Both streams are closed, and no listener of the splice is left on them. Called once. */
  readonly onClosed: (result: SpliceResult) => void;
}

/** Two streams, joined. */
export class SplicePair {
  /** When the last byte moved, or a side got room again. */
  lastActivityMs: number;
  readonly #downstream: Duplex;
  readonly #upstream: Duplex;
  readonly #forward: SpliceFlow;
  readonly #backward: SpliceFlow;
  readonly #owner: SpliceOwner;
  #verdict: SpliceVerdict | undefined;
  #openStreams = 0;

  /** @param reads - Of the upstream, when it was dialled with `onRead`. */
  constructor(downstream: Duplex, upstream: Duplex, reads: SocketReads | undefined, owner: SpliceOwner) {
    this.#downstream = downstream;
    this.#upstream = upstream;
    this.#owner = owner;
    this.#forward = new SpliceFlow(downstream, undefined, upstream, this);
    this.#backward = new SpliceFlow(upstream, reads, downstream, this);
    this.lastActivityMs = owner.nowMs();
    this.#watch(downstream, this.#onDownstreamError, this.#onDownstreamClose);
    this.#watch(upstream, this.#onUpstreamError, this.#onUpstreamClose);
  }

  get bytesForward(): number {
    return this.#forward.bytes;
  }

  get bytesBackward(): number {
    return this.#backward.bytes;
  }

  start(): void {
    if (this.#downstream.destroyed) return this.settle(brokenOff(this.#downstream, 'downstream'));
    if (this.#upstream.destroyed) return this.settle(brokenOff(this.#upstream, 'upstream'));
    this.#downstream.allowHalfOpen = true;
    this.#upstream.allowHalfOpen = true;
    this.#forward.start();
    if (this.#verdict === undefined) this.#backward.start();
  }

  onActivity(): void {
    this.lastActivityMs = this.#owner.nowMs();
  }

  /** The second end needs no shutdown, which would be a system call and a turn of the event loop: closing both sides tells the same. */
  onEnd(): boolean {
    if (!this.#forward.endsByClosing || !this.#backward.endsByClosing) return false;
    this.settle({ ended: 'both-ended' });
    return true;
  }

  onDelivered(): void {
    if (this.#forward.delivered && this.#backward.delivered) this.settle({ ended: 'both-ended' });
  }

  /** Ends it. The first verdict counts. */
  settle(verdict: SpliceVerdict): void {
    if (this.#verdict !== undefined) return;
    this.#verdict = verdict;
    this.#forward.stop();
    this.#backward.stop();
    const lossy = verdict.ended === 'error' || verdict.ended === 'cancelled';
    close(this.#downstream, lossy);
    close(this.#upstream, lossy);
    this.#finishWhenClosed();
  }

  #watch(stream: Duplex, onError: (error: Error) => void, onClose: () => void): void {
    stream.on('error', onError);
    // One that is closed already says so no more.
    if (stream.closed) return;
    stream.on('close', onClose);
    this.#openStreams++;
  }

  readonly #onDownstreamError = (error: Error): void => this.settle({ ended: 'error', error, side: 'downstream' });
  readonly #onUpstreamError = (error: Error): void => this.settle({ ended: 'error', error, side: 'upstream' });
  readonly #onDownstreamClose = (): void => this.#onClose(this.#downstream, 'downstream');
  readonly #onUpstreamClose = (): void => this.#onClose(this.#upstream, 'upstream');

  #onClose(stream: Duplex, side: SpliceSide): void {
    this.#openStreams--;
    if (this.#verdict !== undefined) this.#finishWhenClosed();
    // A side that read and sent everything closes by itself while the other one is still sending.
    else if (!stream.readableEnded || !stream.writableFinished) this.settle(brokenOff(stream, side));
  }

  #finishWhenClosed(): void {
    // A tick later: a stream that was destroyed just before it came here still has its 'error' to emit.
    if (this.#openStreams === 0) process.nextTick(this.#finish);
  }

  readonly #finish = (): void => {
    this.#downstream.off('error', this.#onDownstreamError).off('close', this.#onDownstreamClose);
    this.#upstream.off('error', this.#onUpstreamError).off('close', this.#onUpstreamClose);
    const verdict = this.#verdict as SpliceVerdict;
    this.#owner.onClosed({ bytesForward: this.bytesForward, bytesBackward: this.bytesBackward, ...verdict });
  };
}

function brokenOff(stream: Duplex, side: SpliceSide): SpliceVerdict {
  const error = stream.errored ?? new Error(`the ${side} stream was closed before it had ended`);
  return { ended: 'error', error, side };
}

function close(stream: Duplex, lossy: boolean): void {
  if (lossy || stream.writableLength > 0) cutStream(stream);
  else stream.destroy();
}
