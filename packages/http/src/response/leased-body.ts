// A response body that gives its endpoint back when it ends, however it ends.
import { outcomeCancelled, outcomeOk, type Lease, type Outcome, type ProxyError } from '@sluice/core';
import type { Body, BodySink } from '../body/body.ts';
import type { HeaderList } from '../headers/header-list.ts';

/** Relays a body unchanged and releases the lease with what became of it. */
export class LeasedBody implements Body, BodySink {
  readonly #body: Body;
  readonly #lease: Lease;
  readonly #outcome: Outcome;
  #sink: BodySink | undefined;

  /** @param outcome - What the head said of the endpoint; it counts when the body comes to its end. */
  constructor(body: Body, lease: Lease, outcome: Outcome = outcomeOk) {
    this.#body = body;
    this.#lease = lease;
    this.#outcome = outcome;
  }

  get size(): number | undefined {
    return this.#body.size;
  }

  get started(): boolean {
    return this.#body.started;
  }

  pipe(sink: BodySink): void {
    this.#sink = sink;
    this.#body.pipe(this);
  }

  cancel(reason: unknown): void {
    this.#body.cancel(reason);
    this.#lease.release(outcomeCancelled);
  }

  write(chunk: Uint8Array, flushed: () => void): boolean {
    return this.#sink === undefined || this.#sink.write(chunk, flushed);
  }

  end(trailers: HeaderList | undefined): void {
    this.#lease.release(this.#outcome);
    this.#sink?.end(trailers);
  }

  fail(error: ProxyError): void {
    // Only what the endpoint did wrong counts against it: a client that went away does not.
    this.#lease.release(error.source === 'upstream' ? { result: 'failed', error } : outcomeCancelled);
    this.#sink?.fail(error);
  }
}
