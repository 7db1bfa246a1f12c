// A request body for the transport contract, whose source is told what to send and shows what becomes of it.
import type { ProxyError } from '@sluice/core';
import type { Body, BodySink } from '../../body/body.ts';
import type { HeaderList } from '../../headers/header-list.ts';

/** A body that is sent by hand. */
export class ScriptedBody implements Body {
  readonly size: number | undefined;
  started = false;
  isCancelled = false;
  /** Bytes that the receiver has taken. */
  takenBytes = 0;
  #sink: BodySink | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(size?: number) {
    this.size = size;
  }

  pipe(sink: BodySink): void {
    if (this.started) throw new Error('a body flows only once');
    this.started = true;
    this.#sink = sink;
    this.#notify();
  }

  cancel(): void {
    this.started = true;
    this.isCancelled = true;
    this.#sink = undefined;
    this.#notify();
  }

  /** Resolves when `condition` holds, which is looked at whenever something happens to the body. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => void this.#waiting.add(resolve));
  }

  /** Sends bytes, once the body is wanted. Resolves when they are taken, or when nobody wants them any more. */
  async send(chunk: Uint8Array): Promise<void> {
    await this.until(() => this.started);
    const sink = this.#sink;
    if (sink === undefined) return;
    let isTaken = false;
    const onTaken = (): void => {
      isTaken = true;
      this.takenBytes += chunk.length;
      this.#notify();
    };
    if (sink.write(chunk, onTaken)) onTaken();
    await this.until(() => isTaken || this.isCancelled);
  }

  async end(trailers?: HeaderList): Promise<void> {
    await this.until(() => this.started);
    this.#sink?.end(trailers);
  }

  async fail(error: ProxyError): Promise<void> {
    await this.until(() => this.started);
    this.#sink?.fail(error);
  }

  #notify(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
