// Reads the heads of requests, one after the other, from the bytes of a connection.
import { isPersistent, readFraming, requestBodyKind, type BodyKind } from './message-framing.ts';
import { invalidRequest } from './request-faults.ts';
import { RequestScanner, type RequestHeadLimits } from './request-scanner.ts';
import { SectionReader } from './section-reader.ts';
import { WireHead } from './wire-head.ts';

/** A request's head. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** The minor version of HTTP/1: 0 or 1. */
  readonly minor: number;
  readonly headers: WireHead;
}

/** What a request's head says about what comes behind it. */
export interface RequestFraming {
  readonly kind: BodyKind;
  readonly contentLength: number | undefined;
  /** Whether the client keeps the connection open behind the response. */
  readonly persistent: boolean;
  /** Whether the client asks to leave HTTP (RFC 9110 section 7.8): `Upgrade` without `Connection: upgrade`, or in HTTP/1.0, does not. */
  readonly upgrades: boolean;
}

/** An incremental reader of request heads, used over and over. */
export class RequestHeadReader {
  /** The head that was completed by the last `read`. */
  head: RequestHead | undefined;
  readonly #scanner: RequestScanner;
  readonly #section: SectionReader;

  constructor(limits: RequestHeadLimits) {
    this.#scanner = new RequestScanner(limits);
    this.#section = new SectionReader(this.#scanner);
  }

  /** Whether a part of a head has come; empty lines in front of it do not count. */
  get hasBegun(): boolean {
    return this.#scanner.hasBegun;
  }

  /** Starts on the next head. */
  begin(): void {
    this.head = undefined;
    this.#scanner.begin();
    this.#section.begin();
  }

  /**
   * Takes bytes up to the end of a head.
   *
   * @returns the offset behind what was taken. `head` is there when a head is complete.
   * @throws ProxyError `SLUICE_FRAMING_INVALID` for anything malformed, and what request-faults.ts has for everything past a limit
   */
  read(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#section.feed(bytes, start, end);
    if (!this.#section.complete) return at;
    const { methodStart, methodEnd, targetEnd, minor, fields } = this.#scanner;
    const text = this.#section.text();
    this.head = {
      method: methodAt(text, methodStart, methodEnd),
      target: text.slice(methodEnd + 1, targetEnd),
      minor,
      headers: new WireHead(text, fields.offsets(), fields.hasUnderscores),
    };
    return at;
  }
}

const bodiless = { kind: 'none', contentLength: undefined, upgrades: false } as const;
const bodilessPersistent: RequestFraming = Object.freeze({ ...bodiless, persistent: true });
const bodilessLast: RequestFraming = Object.freeze({ ...bodiless, persistent: false });

/** The method, as a constant where that is possible: it is compared again and again. */
function methodAt(text: string, start: number, end: number): string {
  if (end - start === 3 && text.startsWith('GET', start)) return 'GET';
  if (end - start === 4 && text.startsWith('POST', start)) return 'POST';
  return text.slice(start, end);
}

/** Reads the framing of a request. @throws ProxyError `SLUICE_FRAMING_INVALID` when it is ambiguous or not understood */
export function readRequestFraming({ method, headers, minor }: RequestHead): RequestFraming {
  const fields = readFraming(headers, invalidRequest);
  const kind = requestBodyKind(fields, minor, invalidRequest);
  const { contentLength, upgrades } = fields;
  // What comes behind CONNECT was meant for a tunnel: read as a request, it would be one smuggled.
  const persistent = isPersistent(fields, minor) && method !== 'CONNECT';
  if (kind === 'none' && contentLength === undefined && !upgrades)
    return persistent ? bodilessPersistent : bodilessLast;
  return { kind, contentLength, persistent, upgrades: upgrades && minor === 1 };
}
