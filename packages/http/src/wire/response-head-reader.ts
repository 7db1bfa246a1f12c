// Reads the heads that answer one request: any number of interim ones (1xx), then the final one. Together they may have as many bytes as the
// limit says, so that interim responses can not be sent without end.
import type { Fault } from './fault.ts';
import type { FieldLimits } from './field-scanner.ts';
import { isPersistent, readFraming, responseBodyKind, type BodyKind } from './message-framing.ts';
import { ResponseScanner } from './response-scanner.ts';
import { SectionReader } from './section-reader.ts';
import { WireHead } from './wire-head.ts';

/** A response's head. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: WireHead;
}

/** What a final head says about what comes behind it. */
export interface ResponseFraming {
  readonly kind: BodyKind;
  readonly contentLength: number | undefined;
  /** Whether the endpoint keeps the connection open behind this response. */
  readonly persistent: boolean;
  /** How long the endpoint says that it keeps an idle connection, in milliseconds. */
  readonly idleTimeoutMs: number | undefined;
}

/** An incremental reader of response heads, used over and over. */
export class ResponseHeadReader {
  /** The head that was completed by the last `read`. */
  head: ResponseHead | undefined;
  readonly #limits: FieldLimits;
  readonly #fault: Fault;
  readonly #scanner: ResponseScanner;
  readonly #section: SectionReader;
  #bytes = 0;

  constructor(limits: FieldLimits, fault: Fault) {
    this.#limits = limits;
    this.#fault = fault;
    this.#scanner = new ResponseScanner(limits, fault);
    this.#section = new SectionReader(this.#scanner);
  }

  /** Starts on the answer to the next request. */
  begin(): void {
    this.#bytes = 0;
    this.next();
  }

  /** Goes on to the head behind an interim one. */
  next(): void {
    this.head = undefined;
    this.#scanner.begin();
    this.#section.begin();
  }

  /**
   * Takes bytes up to the end of a head.
   *
   * @returns the offset behind what was taken. `head` is there when a head is complete.
   * @throws the fault, for anything malformed and past the limits.
   */
  read(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#section.feed(bytes, start, end);
    if (!this.#section.complete) return at;
    const { position, status, fields, reasonStart, reasonEnd } = this.#scanner;
    this.#bytes += position;
    if (this.#bytes > this.#limits.maxBytes) throw this.#fault(`more than ${this.#limits.maxBytes} bytes of heads`);
    const text = this.#section.text();
    this.head = {
      status,
      statusText: text.slice(reasonStart, reasonEnd),
      headers: new WireHead(text, fields.offsets(), fields.hasUnderscores),
    };
    return at;
  }

  /**
   * Reads the framing of the head that is complete, which must be a final one, and leaves one `Content-Length` line where there were more.
   *
   * @throws the fault, for framing that is ambiguous or not understood.
   */
  framing({ status, headers }: ResponseHead, method: string): ResponseFraming {
    const fields = readFraming(headers, this.#fault);
    const { minor } = this.#scanner;
    const kind = responseBodyKind(fields, method, status, minor, this.#fault);
    const { contentLength, idleTimeoutMs } = fields;
    if (fields.repeatedLength) headers.set('Content-Length', String(contentLength));
    return { kind, contentLength, idleTimeoutMs, persistent: kind !== 'until-close' && isPersistent(fields, minor) };
  }
}
