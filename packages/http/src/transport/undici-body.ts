// The body of a response that undici brings: held back while its receiver is slower, also by dispatchers that can not be paused.
import type { ProxyError } from '@sluice/core';
import type { HeaderList } from '../headers/header-list.ts';
import { IncomingBody, type IncomingBodySource } from '../wire/incoming-body.ts';

/** Whoever controls where the bytes come from. */
export interface UndiciBodyOwner {
  /** Stop sending, until `onReady`. */
  onHeldUp(): void;
  /** Send more. */
  onReady(): void;
  /** All of it was passed on. */
  onDone(): void;
  /** Nobody wants the rest. */
  onCancelled(): void;
}

/** Up to this many bytes of a body that nobody wants are read and thrown away to keep the connection. */
const discardBytes = 64 * 1024;

/** Passes a body on at its receiver's pace. */
export class UndiciBody implements IncomingBodySource {
  readonly body: IncomingBody;
  readonly #owner: UndiciBodyOwner;
  readonly #waiting: Uint8Array[] = [];
  #isBlocked = false;
  #end: { readonly trailers: HeaderList | undefined } | undefined;

  constructor(size: number | undefined, owner: UndiciBodyOwner) {
    this.#owner = owner;
    this.body = new IncomingBody(size, this);
  }

  push(chunk: Uint8Array): void {
    if (this.#isBlocked || !this.body.started || this.#waiting.length > 0) this.#waiting.push(chunk);
    else this.#pass(chunk);
    if (this.#isBlocked || !this.body.started) this.#owner.onHeldUp();
  }

  end(trailers: HeaderList | undefined): void {
    this.#end = { trailers };
    this.#drain();
  }

  fail(error: ProxyError): void {
    this.#waiting.length = 0;
    this.body.fail(error);
  }

  onPiped(): void {
    this.#drain();
  }

  onCancelled(): void {
    this.#waiting.length = 0;
    if (this.#end !== undefined) this.#owner.onDone();
    else if (this.#isBlocked || (this.body.size ?? Infinity) > discardBytes) this.#owner.onCancelled();
    else this.#owner.onReady();
  }

  readonly #onFlushed = (): void => {
    this.#isBlocked = false;
    this.#drain();
  };

  #pass(chunk: Uint8Array): void {
    this.#isBlocked = !this.body.write(chunk, this.#onFlushed);
  }

  #drain(): void {
    if (!this.body.started) return;
    while (!this.#isBlocked) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) break;
      this.#pass(chunk);
    }
    if (this.#isBlocked) return;
    if (this.#end === undefined) this.#owner.onReady();
    else {
      this.#owner.onDone();
      this.body.end(this.#end.trailers);
    }
  }
}
