// A body some of whose trailers end here: those that its message has declared to be for one connection only.
import type { ProxyError } from '@sluice/core';
import type { HeaderList } from '../headers/header-list.ts';
import type { NameSet } from '../headers/name-set.ts';
import type { Body, BodySink } from './body.ts';

/** Passes everything on but those trailers. */
class BodyWithoutTrailers implements Body, BodySink {
  readonly size: undefined;
  readonly #body: Body;
  readonly #names: NameSet;
  #sink: BodySink | undefined;

  constructor(body: Body, names: NameSet) {
    this.#body = body;
    this.#names = names;
  }

  get started(): boolean {
    return this.#body.started;
  }

  pipe(sink: BodySink): void {
    this.#sink = sink;
    this.#body.pipe(this);
  }

  cancel(reason: unknown): void {
    this.#sink = undefined;
    this.#body.cancel(reason);
  }

  write(chunk: Uint8Array, flushed: () => void): boolean {
    return this.#sink === undefined || this.#sink.write(chunk, flushed);
  }

  end(trailers: HeaderList | undefined): void {
    const left = trailers?.clone();
    left?.deleteAll(this.#names);
    this.#sink?.end(left?.size === 0 ? undefined : left);
  }

  fail(error: ProxyError): void {
    this.#sink?.fail(error);
  }
}

/** A body without the trailers of those names. One whose size is known has none. */
export function withoutTrailers(body: Body, names: NameSet | undefined): Body {
  return names === undefined || body.size !== undefined ? body : new BodyWithoutTrailers(body, names);
}
