// Writes the head of a request. Framing and connection management are decided here, whatever the fields say; nothing that could end a line
// early gets through.
import { isToken } from '../headers/field-syntax.ts';
import { checkField, type HeaderList } from '../headers/header-list.ts';
import { httpError } from '../errors.ts';
import { connectionAndTrailerFields, connectionFields } from './connection-fields.ts';
import { DEL, SP } from './octets.ts';

/** What a request's head is made of. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  readonly headers: HeaderList;
  /** The body's length; `undefined` when only its end will tell. */
  readonly bodySize: number | undefined;
  readonly expectContinue: boolean;
  /** The protocols offered in `Upgrade`. */
  readonly upgrade: string | undefined;
  /** Whether the connection closes behind the response. */
  readonly last: boolean;
}

/** Methods that define a meaning for a body, so that an empty one is worth saying (RFC 9110 section 8.6). */
const bodyMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/**
 * Writes a request's head, as text with one character for each byte.
 *
 * @throws ProxyError `SLUICE_TARGET_INVALID` or `SLUICE_INTERNAL` when a part of it must not be written.
 */
export function formatRequestHead(head: RequestHead): string {
  const { method, target, headers, bodySize } = head;
  if (!isToken(method)) throw httpError('SLUICE_INTERNAL', 'a request method that is not a token');
  if (!isTarget(target))
    throw httpError('SLUICE_TARGET_INVALID', 'a request target with a character that must not be sent');
  let text = `${method} ${target} HTTP/1.1\r\n`;
  text += headers.format(bodySize === undefined ? connectionFields : connectionAndTrailerFields);
  if (bodySize === undefined) text += 'Transfer-Encoding: chunked\r\n';
  else if (bodySize > 0 || bodyMethods.has(method)) text += `Content-Length: ${bodySize}\r\n`;
  if (head.expectContinue) text += 'Expect: 100-continue\r\n';
  if (head.upgrade !== undefined) {
    checkField('Upgrade', head.upgrade);
    text += `Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n`;
  } else if (head.last) text += 'Connection: close\r\n';
  return `${text}\r\n`;
}

/** Visible characters and obs-text; everything else could end the target, or the line. */
function isTarget(target: string): boolean {
  for (let index = 0; index < target.length; index++) {
    const code = target.charCodeAt(index);
    if (code <= SP || code === DEL || code > 0xff) return false;
  }
  return target.length > 0;
}
