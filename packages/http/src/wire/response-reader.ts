// The receiving half of a client connection: bytes in, heads and bodies out. It knows the order of things and who holds what memory; sockets,
// timers and requests are its owner's.
import type { ProxyError } from '@sluice/core';
import { httpError } from '../errors.ts';
import { BodyDecoder } from './body-decoder.ts';
import { abortError, closedUnanswered, cutShort, endedInHead, receiverFailed } from './connection-errors.ts';
import type { Fault } from './fault.ts';
import type { FieldLimits } from './field-scanner.ts';
import { IncomingBody, type IncomingBodySource } from './incoming-body.ts';
import type { ReadState } from './read-buffers.ts';
import { ResponseHeadReader, type ResponseHead } from './response-head-reader.ts';
import type { ResponseReaderOwner } from './response-reader-owner.ts';
import { asideBytes, WaitingBytes } from './waiting-bytes.ts';

/** Up to this many bytes of a body that nobody wants are read and thrown away to keep the connection. */
const discardBytes = 64 * 1024;

/** Reads the responses of one connection, one after the other. */
export class ResponseReader implements IncomingBodySource, ReadState {
  readonly #owner: ResponseReaderOwner;
  readonly #endpoint: string;
  readonly #heads: ResponseHeadReader;
  readonly #decoder: BodyDecoder;
  #phase: 'idle' | 'head' | 'body' = 'idle';
  #method = '';
  #answered = false;
  #body: IncomingBody | undefined;
  /** The receiver needs the last view; it calls `#onFlushed`. */
  #blocked = false;
  #consuming = false;
  /** The bytes that are taken now will be overwritten, whoever still needs them. */
  #isShared = false;
  /** Bytes that came and could not be passed on yet. */
  readonly #waiting = new WaitingBytes();
  /** How the connection ended, if it has. */
  #ending: 'proper' | 'broken' | undefined;
  #cause: unknown;

  /** @param endpoint - The endpoint's name in messages. */
  constructor(limits: FieldLimits, endpoint: string, owner: ResponseReaderOwner) {
    const invalid: Fault = (what) => httpError('SLUICE_RESPONSE_INVALID', `the response from ${endpoint} has ${what}`);
    const cut: Fault = (what) => httpError('SLUICE_RESPONSE_CUT', `the response body from ${endpoint} has ${what}`);
    this.#owner = owner;
    this.#endpoint = endpoint;
    this.#heads = new ResponseHeadReader(limits, invalid);
    this.#decoder = new BodyDecoder(limits, cut);
  }

  get betweenBodies(): boolean {
    return this.#phase !== 'body' || this.#isAllThere;
  }

  get holdsViews(): boolean {
    return this.#blocked || this.#waiting.holdsViews;
  }

  /** Whether no response is due. */
  get isIdle(): boolean {
    return this.#phase === 'idle';
  }

  /** Whether the receiver waits for more of the body. */
  get awaitsBody(): boolean {
    return this.#phase === 'body' && this.#body?.started === true && !this.#blocked && this.#waiting.length === 0;
  }

  /** Whether the connection brings no more bytes. */
  get hasEnded(): boolean {
    return this.#ending !== undefined;
  }

  /** Gets ready for the answer to a request. */
  begin(method: string): void {
    this.#method = method;
    this.#phase = 'head';
    this.#answered = false;
    this.#heads.begin();
  }

  /** Gives the response up; its body, if it has begun, fails. */
  stop(error: ProxyError): void {
    const body = this.#body;
    this.#phase = 'idle';
    this.#body = undefined;
    this.#waiting.clear();
    body?.fail(error);
  }

  /**
   * Takes bytes while a response is due.
   *
   * @param shared - Whether their memory will be overwritten after this call, come what may.
   * @returns whether to read on; otherwise `onReady` will tell.
   */
  receive(bytes: Uint8Array, shared: boolean): boolean {
    if (this.#phase === 'body' && (this.#isHeldUp || this.#waiting.length > 0)) this.#waiting.setAside(bytes, shared);
    else {
      this.#isShared = shared;
      const taken = this.#consumeSafely(bytes);
      if (taken < bytes.length) this.#waiting.setAside(bytes.subarray(taken), shared);
      this.#isShared = false;
    }
    return !this.#blocked && (this.#waiting.length <= asideBytes || this.#isAllThere);
  }

  /** The connection ended. `proper`: the endpoint said so; everything else cuts what is under way. The first call counts. */
  endInput(ending: 'proper' | 'broken', cause: unknown): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    this.#cause = cause;
    if (this.#phase === 'head' || (this.#phase === 'body' && !this.#isHeldUp)) this.#conclude();
  }

  onPiped(): void {
    this.#drain();
  }

  onCancelled(): void {
    if (this.#blocked) this.#owner.onFailed(abortError(undefined), true);
    else if (!this.#consuming) this.#drain();
  }

  /** Whether the body can not go on: nobody has asked for it yet, or its receiver is busy. */
  get #isHeldUp(): boolean {
    return this.#blocked || this.#body?.started !== true;
  }

  readonly #onFlushed = (): void => {
    this.#blocked = false;
    if (this.#phase !== 'body') return;
    if (this.#decoder.complete) this.#finish(this.#waiting.length > 0);
    else this.#drain();
  };

  /** Whether nothing more is to come of this response. */
  get #isAllThere(): boolean {
    return this.#decoder.remaining <= this.#waiting.length;
  }

  /** Passes on what waits, then makes ready for more. */
  #drain(): void {
    while (this.#phase === 'body' && !this.#blocked && this.#waiting.length > 0) {
      const bytes = this.#waiting.shift();
      this.#waiting.putBack(bytes, this.#consumeSafely(bytes));
    }
    if (this.#waiting.length === 0) this.#waiting.clear();
    if (this.#phase !== 'body' || this.#blocked) return;
    if (this.#ending !== undefined) this.#conclude();
    else if (this.#body?.wanted === false && this.#decoder.remaining > discardBytes)
      this.#owner.onFailed(abortError(undefined), true);
    else this.#owner.onReady();
  }

  /** `consume`, with everything that is thrown turned into the end of the response: our caller is the socket. */
  #consumeSafely(bytes: Uint8Array): number {
    this.#consuming = true;
    try {
      return this.#consume(bytes);
    } catch (error) {
      this.#owner.onFailed(receiverFailed(error), true);
      return bytes.length;
    } finally {
      this.#consuming = false;
    }
  }

  /** @returns how many bytes were taken; fewer than all only when the body is held up. */
  #consume(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length) {
      if (this.#phase === 'head') at = this.#readHead(bytes, at);
      else if (this.#phase === 'idle') return bytes.length;
      else if (this.#isHeldUp) break;
      else at = this.#readBody(bytes, at);
    }
    return at;
  }

  #readHead(bytes: Uint8Array, start: number): number {
    this.#answered = true;
    const at = this.#heads.read(bytes, start, bytes.length);
    const { head } = this.#heads;
    if (head === undefined) return at;
    if (head.status === 101 || (this.#method === 'CONNECT' && head.status >= 200 && head.status < 300)) {
      this.#phase = 'idle';
      this.#owner.onSwitched(head, Buffer.from(bytes.subarray(at)));
    } else if (head.status < 200) {
      this.#heads.next();
      this.#owner.onInterim(head);
    } else return this.#startResponse(head, bytes, at);
    return at;
  }

  #startResponse(head: ResponseHead, bytes: Uint8Array, at: number): number {
    const framing = this.#heads.framing(head, this.#method);
    if (framing.kind === 'none') {
      this.#phase = 'idle';
      this.#owner.onHead(head, framing, undefined);
      this.#owner.onComplete(at < bytes.length);
      return at;
    }
    const size = framing.kind === 'length' ? framing.contentLength : undefined;
    this.#body = new IncomingBody(size, this);
    this.#phase = 'body';
    this.#decoder.begin(framing.kind, size ?? 0);
    if (at < bytes.length) this.#waiting.push(bytes.subarray(at));
    this.#owner.onHead(head, framing, this.#body);
    if (this.#phase === 'body') {
      if (!this.#isHeldUp) this.#drain();
      else if (this.#waiting.length > 0) this.#waiting.setAside(this.#waiting.shift(), this.#isShared);
    }
    return bytes.length;
  }

  #readBody(bytes: Uint8Array, start: number): number {
    const found = this.#decoder.read(bytes, start, bytes.length);
    const { dataStart, dataEnd, position } = this.#decoder;
    if (found) {
      const view = bytes.subarray(dataStart, dataEnd);
      // Whoever takes it may go on to need it.
      const chunk = this.#isShared ? Buffer.from(view) : view;
      if (this.#body?.write(chunk, this.#onFlushed) === false) this.#blocked = true;
    }
    if (!this.#blocked && this.#phase === 'body' && this.#decoder.complete) {
      this.#finish(position < bytes.length || this.#waiting.length > 0);
    }
    return position;
  }

  #finish(excess: boolean): void {
    const body = this.#body;
    this.#phase = 'idle';
    this.#body = undefined;
    this.#waiting.clear();
    // The connection is free before the receiver hears of the end, so that whatever it does next can use it.
    this.#owner.onComplete(excess);
    body?.end(this.#decoder.trailers);
  }

  /** The connection is over, and everything it brought was passed on. */
  #conclude(): void {
    if (this.#phase === 'body' && this.#ending === 'proper' && this.#decoder.endsWithConnection) {
      this.#finish(false);
      return;
    }
    const answered = this.#answered;
    const describe = this.#phase === 'body' ? cutShort : answered ? endedInHead : closedUnanswered;
    this.#owner.onFailed(describe(this.#endpoint, this.#cause), answered);
  }
}
