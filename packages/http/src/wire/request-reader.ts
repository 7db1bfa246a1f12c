// The receiving half of a server connection: bytes in, requests out, one at a time. Requests that come early wait (RFC 9112 section 9.3.2), within
// bounds. It knows no socket, no timer and no exchange; those are its owner's.
import { isProxyError, type ProxyError } from '@sluice/core';
import { emptyBody, type Body } from '../body/body.ts';
import { httpError } from '../errors.ts';
import { BodyDecoder } from './body-decoder.ts';
import { IncomingBody, type IncomingBodySource } from './incoming-body.ts';
import { bodyTooLarge, invalidRequest } from './request-faults.ts';
import { readRequestFraming, RequestHeadReader, type RequestFraming, type RequestHead } from './request-head-reader.ts';
import type { RequestHeadLimits } from './request-scanner.ts';
import { WaitingBytes } from './waiting-bytes.ts';

/** What a reader tells its owner. */
export interface RequestReaderOwner {
  /** A request has come; its body flows when it is piped. */
  onRequest(head: RequestHead, framing: RequestFraming, body: Body): void;
  /** Something has come that can not be served. `head` is there when only its framing is at fault. Nothing is read any more. */
  onFault(error: ProxyError, head: RequestHead | undefined): void;
  /** The body of a request is at fault; whoever receives it hears that as well. Nothing is read any more. */
  onBodyFault(error: ProxyError): void;
  /** The request's body has come whole. Not called for requests without one. */
  onRequestRead(): void;
  /** The request's body is wanted, and was not before. */
  onBodyWanted(): void;
  /** The reader, which had told the owner to stop, takes bytes again. */
  onReady(): void;
}

/** How much a request may hold. */
export interface RequestLimits extends RequestHeadLimits {
  /** Bytes of the body, however it is framed. */
  readonly maxBodyBytes: number;
}

/** Up to this many bytes wait before the owner is told to stop reading. While it reads, it notices when the client leaves. */
const readAheadBytes = 16 * 1024;
/** And up to so many pieces: one that holds a single byte costs a hundred times that. */
const readAheadPieces = 64;

/** Reads the requests of one connection. */
export class RequestReader implements IncomingBodySource {
  /** Bytes of bodies so far. */
  bodyBytes = 0;
  readonly #owner: RequestReaderOwner;
  readonly #heads: RequestHeadReader;
  readonly #decoder: BodyDecoder;
  readonly #maxBodyBytes: number;
  #phase: 'head' | 'body' | 'read' | 'broken' = 'head';
  #body: IncomingBody | undefined;
  /** The receiver of the body needs the last view; it calls `#onFlushed`. */
  #blocked = false;
  #consuming = false;
  /** `bodyBytes` before this body. */
  #bodyStart = 0;
  readonly #waiting = new WaitingBytes();

  constructor(limits: RequestLimits, owner: RequestReaderOwner) {
    this.#owner = owner;
    this.#maxBodyBytes = limits.maxBodyBytes;
    this.#heads = new RequestHeadReader(limits);
    this.#decoder = new BodyDecoder(limits, invalidRequest);
  }

  /** Whether no part of a request is there. */
  get isIdle(): boolean {
    return this.#phase === 'head' && !this.#heads.hasBegun;
  }

  /** Whether a part of a head is there. */
  get isInHead(): boolean {
    return this.#phase === 'head' && this.#heads.hasBegun;
  }

  /** Whether the whole request has come. */
  get isRequestRead(): boolean {
    return this.#phase === 'read';
  }

  /** Whether where the next request starts can not be known. */
  get isBroken(): boolean {
    return this.#phase === 'broken';
  }

  /** Whether somebody waits for more of the body. */
  get awaitsBody(): boolean {
    return this.#phase === 'body' && !this.#isHeldUp;
  }

  /** Takes bytes. @returns whether to read on; otherwise `onReady` will tell */
  receive(bytes: Uint8Array): boolean {
    if (this.#waiting.length > 0 || this.#isHeldUp) this.#keep(bytes);
    else {
      const taken = this.#consume(bytes);
      if (taken < bytes.length) this.#keep(bytes.subarray(taken));
    }
    return this.#hasRoom;
  }

  /** Goes on to the next request. The one before was read whole. */
  next(): void {
    this.#phase = 'head';
    this.#heads.begin();
    this.#drain();
  }

  /** Gives away what came behind the request. */
  takeRest(): Buffer {
    return this.#waiting.takeAll();
  }

  /** The connection brings nothing more; a body under way is not complete, and says so. */
  stop(error: ProxyError): void {
    const body = this.#body;
    this.#phase = 'broken';
    this.#body = undefined;
    this.#waiting.clear();
    body?.fail(error);
  }

  /** Gives up what is being read, and tells the owner so. */
  refuse(error: ProxyError): void {
    const inHead = this.#phase === 'head';
    const { head } = this.#heads;
    this.stop(error);
    if (inHead) this.#owner.onFault(error, head);
    else this.#owner.onBodyFault(error);
  }

  onPiped(): void {
    this.#owner.onBodyWanted();
    this.#drain();
  }

  onCancelled(): void {
    this.#drain();
  }

  get #isHeldUp(): boolean {
    if (this.#phase === 'body') return this.#blocked || this.#body?.started !== true;
    return this.#phase === 'read';
  }

  get #hasRoom(): boolean {
    return !this.#blocked && this.#waiting.length <= readAheadBytes && this.#waiting.count <= readAheadPieces;
  }

  readonly #onFlushed = (): void => {
    this.#blocked = false;
    if (this.#phase === 'body' && this.#decoder.complete) this.#finishBody();
    this.#drain();
  };

  #keep(bytes: Uint8Array): void {
    if (this.#phase !== 'broken') this.#waiting.push(bytes);
  }

  /** Takes what waits, then makes ready for more. Not in the middle of taking something else, which comes first. */
  #drain(): void {
    if (this.#consuming) return;
    while (this.#waiting.length > 0 && !this.#isHeldUp) {
      const bytes = this.#waiting.shift();
      this.#waiting.putBack(bytes, this.#consume(bytes));
    }
    if (this.#hasRoom) this.#owner.onReady();
  }

  /** @returns how many bytes were taken; fewer than all only when what they belong to must wait. */
  #consume(bytes: Uint8Array): number {
    let at = 0;
    this.#consuming = true;
    try {
      while (at < bytes.length && !this.#isHeldUp) {
        if (this.#phase === 'head') at = this.#readHead(bytes, at);
        else if (this.#phase === 'body') at = this.#readBody(bytes, at);
        else return bytes.length;
      }
      return at;
    } catch (error) {
      this.refuse(
        isProxyError(error) ? error : httpError('SLUICE_INTERNAL', 'reading a request failed', { cause: error }),
      );
      return bytes.length;
    } finally {
      this.#consuming = false;
    }
  }

  #readHead(bytes: Uint8Array, start: number): number {
    const at = this.#heads.read(bytes, start, bytes.length);
    const { head } = this.#heads;
    if (head === undefined) return at;
    const framing = readRequestFraming(head);
    if (framing.kind === 'none') {
      this.#phase = 'read';
      this.#owner.onRequest(head, framing, emptyBody);
      return at;
    }
    this.#phase = 'body';
    this.#bodyStart = this.bodyBytes;
    this.#decoder.begin(framing.kind, framing.contentLength ?? 0);
    this.#body = new IncomingBody(framing.contentLength, this);
    this.#owner.onRequest(head, framing, this.#body);
    return at;
  }

  #readBody(bytes: Uint8Array, start: number): number {
    const found = this.#decoder.read(bytes, start, bytes.length);
    const { dataStart, dataEnd, position } = this.#decoder;
    if (found) {
      this.bodyBytes += dataEnd - dataStart;
      if (this.bodyBytes - this.#bodyStart > this.#maxBodyBytes) throw bodyTooLarge(this.#maxBodyBytes);
      if (this.#body?.write(bytes.subarray(dataStart, dataEnd), this.#onFlushed) === false) this.#blocked = true;
    }
    if (!this.#blocked && this.#phase === 'body' && this.#decoder.complete) this.#finishBody();
    return position;
  }

  #finishBody(): void {
    const body = this.#body;
    this.#phase = 'read';
    this.#body = undefined;
    body?.end(this.#decoder.trailers);
    this.#owner.onRequestRead();
  }
}
