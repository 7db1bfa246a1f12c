// Reads from a head how its body is framed and whether the connection outlives it (RFC 9112 sections 6 and 9). Framing that two
// parsers could read differently is refused: that is how responses and requests are smuggled.
import { fieldNumber } from '../headers/known-fields.ts';
import { createNameSet } from '../headers/name-set.ts';
import type { Fault } from './fault.ts';
import { HTAB, SP } from './octets.ts';
import type { WireHead } from './wire-head.ts';

/** How the end of a body is found. */
export type BodyKind = 'none' | 'length' | 'chunked' | 'until-close';

/** What the fields of any message say about its framing and its connection. */
export interface MessageFraming {
  chunked: boolean;
  contentLength: number | undefined;
  /** Whether `Content-Length` stands in more than one line, or as a list; all say the same then. */
  repeatedLength: boolean;
  /** The options `close`, `keep-alive` and `upgrade` of `Connection`. */
  closes: boolean;
  keepsAlive: boolean;
  upgrades: boolean;
  /** The `timeout` of `Keep-Alive`, in milliseconds: how long the other side keeps an idle connection. */
  idleTimeoutMs: number | undefined;
}

const framingFields = createNameSet(['connection', 'keep-alive', 'content-length', 'transfer-encoding']);
const connection = fieldNumber('connection');
const keepAlive = fieldNumber('keep-alive');
const contentLength = fieldNumber('content-length');
const transferEncoding = fieldNumber('transfer-encoding');

/** Of a message that says nothing about it. */
const plainFraming: Readonly<MessageFraming> = Object.freeze({
  chunked: false,
  contentLength: undefined,
  repeatedLength: false,
  closes: false,
  keepsAlive: false,
  upgrades: false,
  idleTimeoutMs: undefined,
});

/**
 * Reads the framing of a message.
 *
 * Identical `Content-Length` values count as one (RFC 9112 section 6.3 allows that, and servers behind buggy filters need it).
 *
 * @throws the fault, for differing or malformed lengths, a coding other than `chunked`, or both framings.
 */
export function readFraming(head: WireHead, fault: Fault): Readonly<MessageFraming> {
  if (!head.mayHave(framingFields)) return plainFraming;
  const framing = { ...plainFraming };
  for (let index = 0; index < head.size; index++) {
    switch (head.nameNumber(index)) {
      case connection:
        readConnection(head.value(index), framing);
        break;
      case keepAlive:
        readKeepAlive(head.value(index), framing);
        break;
      case contentLength:
        readContentLength(head.value(index), framing, fault);
        break;
      case transferEncoding:
        readTransferEncoding(head.value(index), framing, fault);
        break;
      default:
    }
  }
  if (framing.chunked && framing.contentLength !== undefined) {
    throw fault('both Content-Length and Transfer-Encoding');
  }
  return framing;
}

/**
 * How the body of a response is framed (RFC 9112 section 6.3).
 *
 * @param minor - The minor version of the response: 0 or 1.
 * @throws the fault, for `Transfer-Encoding` in HTTP/1.0 (RFC 9112 section 6.1).
 */
export function responseBodyKind(
  framing: MessageFraming,
  method: string,
  status: number,
  minor: number,
  fault: Fault,
): BodyKind {
  if (framing.chunked && minor === 0) throw fault('Transfer-Encoding in HTTP/1.0');
  if (method === 'HEAD' || status === 204 || status === 304) return 'none';
  if (framing.chunked) return 'chunked';
  if (framing.contentLength === undefined) return 'until-close';
  return framing.contentLength === 0 ? 'none' : 'length';
}

/**
 * How the body of a request is framed (RFC 9112 section 6.3): one without either field has none.
 *
 * @param minor - The minor version of the request: 0 or 1.
 * @throws the fault, for `Transfer-Encoding` in HTTP/1.0 (RFC 9112 section 6.1), and for more than one `Content-Length`: a client that sends two
 * is broken or an attacker.
 */
export function requestBodyKind(framing: MessageFraming, minor: number, fault: Fault): BodyKind {
  if (framing.chunked && minor === 0) throw fault('Transfer-Encoding in HTTP/1.0');
  if (framing.repeatedLength) throw fault('more than one Content-Length');
  if (framing.chunked) return 'chunked';
  return (framing.contentLength ?? 0) === 0 ? 'none' : 'length';
}

/** Whether the connection can carry another message behind this one (RFC 9112 section 9.3). */
export function isPersistent(framing: MessageFraming, minor: number): boolean {
  return !framing.closes && (minor === 1 || framing.keepsAlive);
}

function readContentLength(text: string, framing: MessageFraming, fault: Fault): void {
  if (framing.contentLength === undefined) {
    framing.contentLength = parseContentLength(text);
    if (framing.contentLength !== undefined) return;
  }
  for (const item of text.split(',')) {
    const length = parseContentLength(trimSpace(item));
    if (length === undefined) throw fault('a Content-Length that is not a number of bytes');
    if (framing.contentLength !== undefined) {
      if (framing.contentLength !== length) throw fault('differing values of Content-Length');
      framing.repeatedLength = true;
    }
    framing.contentLength = length;
  }
}

/** RFC 9110 section 8.6: digits only. 15 of them, so that a number holds every value. */
function parseContentLength(text: string): number | undefined {
  if (text.length === 0 || text.length > 15) return undefined;
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    length = length * 10 + digit;
  }
  return length;
}

/** Only `chunked`, once: no other coding was offered (TE is never sent), and lists of codings are where parsers disagree. */
function readTransferEncoding(text: string, framing: MessageFraming, fault: Fault): void {
  if (framing.chunked || text.toLowerCase() !== 'chunked') throw fault('a Transfer-Encoding other than chunked');
  framing.chunked = true;
}

function readConnection(text: string, framing: MessageFraming): void {
  // What nearly all messages say, without a list.
  if (text === 'keep-alive') framing.keepsAlive = true;
  else if (text === 'close') framing.closes = true;
  else readConnectionOptions(text, framing);
}

function readConnectionOptions(text: string, framing: MessageFraming): void {
  for (const item of text.split(',')) {
    const option = trimSpace(item).toLowerCase();
    if (option === 'close') framing.closes = true;
    else if (option === 'keep-alive') framing.keepsAlive = true;
    else if (option === 'upgrade') framing.upgrades = true;
  }
}

function readKeepAlive(text: string, framing: MessageFraming): void {
  for (const item of text.split(',')) {
    const [name, value] = item.split('=');
    if (name === undefined || trimSpace(name).toLowerCase() !== 'timeout') continue;
    const seconds = parseContentLength(trimSpace(value ?? ''));
    if (seconds !== undefined) framing.idleTimeoutMs = seconds * 1000;
  }
}

/** Without the spaces and tabs around it; `trim()` would also take characters that are white space in Unicode only. */
function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === SP || code === HTAB;
}
