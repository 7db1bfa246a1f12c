// A body's receiver for the transport contract. It keeps what it gets, as late as the contract allows, so that memory that is overwritten too
// early shows.
import type { ProxyError } from '@sluice/core';
import type { BodySink } from '../../body/body.ts';
import type { HeaderList } from '../../headers/header-list.ts';

/** Takes every chunk at once, or holds each one until the next turn of the event loop, or until `release` is called. */
export type SinkPace = 'quick' | 'slow' | 'held';

/** Collects a body. */
export class CollectingSink implements BodySink {
  readonly chunks: Buffer[] = [];
  byteLength = 0;
  trailers: HeaderList | undefined;
  /** Resolves when the body is complete, rejects with what it failed with. */
  readonly done: Promise<void>;
  #pace: SinkPace;
  #flush: (() => void) | undefined;
  #settle: { readonly resolve: () => void; readonly reject: (error: ProxyError) => void } | undefined;

  constructor(pace: SinkPace = 'quick') {
    this.#pace = pace;
    this.done = new Promise((resolve, reject) => void (this.#settle = { resolve, reject }));
    this.done.catch(() => {});
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1');
  }

  write(chunk: Uint8Array, flushed: () => void): boolean {
    if (this.#pace === 'quick') {
      this.#take(chunk);
      return true;
    }
    this.#flush = () => {
      this.#flush = undefined;
      this.#take(chunk);
      flushed();
    };
    if (this.#pace === 'slow') setImmediate(() => this.#flush?.());
    return false;
  }

  end(trailers: HeaderList | undefined): void {
    this.trailers = trailers;
    this.#settle?.resolve();
  }

  fail(error: ProxyError): void {
    this.#settle?.reject(error);
  }

  /** Takes what is held and everything that comes from now on. */
  release(): void {
    this.#pace = 'quick';
    this.#flush?.();
  }

  #take(chunk: Uint8Array): void {
    this.chunks.push(Buffer.from(chunk));
    this.byteLength += chunk.length;
  }
}
