// Writes the head of a response. Framing and connection management are decided by the caller, whatever the fields say; nothing that could end a
// line early gets through.
import { httpError } from '../errors.ts';
import { isFieldValue } from '../headers/field-syntax.ts';
import type { HeaderList } from '../headers/header-list.ts';
import { createNameSet } from '../headers/name-set.ts';
import { joinedLines } from '../headers/token-list.ts';
import type { ProxyResponse } from '../response/response.ts';
import { connectionAndTrailerFields, connectionFields, fieldsBesideLength } from './connection-fields.ts';

const noNames = createNameSet([]);
/** What a 101 must not have (RFC 9110 section 8.6), or has from us. */
const fieldsBesideUpgrade = createNameSet(['connection', 'content-length', 'transfer-encoding', 'trailer']);

/** How a response's body is framed: its length, `chunked`, until the connection closes, or `bare`: as the head says, without a body. */
export type ResponseBodyFraming = number | 'chunked' | 'until-close' | 'bare';

/** What a response's head is made of. */
export interface ResponseHeadParts {
  readonly status: number;
  readonly statusText: string;
  readonly headers: HeaderList;
  readonly framing: ResponseBodyFraming;
  /** The value of `Connection`; `undefined` leaves it out. */
  readonly connection: string | undefined;
  /** The value of `Date`, for a response that has none (RFC 9110 section 6.6.1). */
  readonly date: string;
}

/**
 * Writes a response's head, as text with one character for each byte.
 *
 * @throws ProxyError `SLUICE_INTERNAL` when a part of it must not be written.
 */
export function formatResponseHead(parts: ResponseHeadParts): string {
  const { status, statusText, headers, framing, connection } = parts;
  if (!Number.isInteger(status) || status < 200 || status > 999)
    throw httpError('SLUICE_INTERNAL', `a response can not have the status ${status}`);
  // A length that is right keeps its place. Without a body it says what GET would get (RFC 9110 section 9.3.2), except with 204.
  const [length, ...others] = status === 204 ? [] : headers.getAll('content-length');
  const keepsLength = length !== undefined && others.length === 0 && (framing === 'bare' || length === String(framing));
  const dropped =
    framing === 'chunked' ? connectionFields : keepsLength ? fieldsBesideLength : connectionAndTrailerFields;
  let text = formatStart(status, statusText) + headers.format(dropped);
  if (!headers.has('date')) text += `Date: ${parts.date}\r\n`;
  if (framing === 'chunked') text += 'Transfer-Encoding: chunked\r\n';
  else if (typeof framing === 'number' && !keepsLength) text += `Content-Length: ${framing}\r\n`;
  if (status === 426 && headers.has('upgrade')) text += formatUpgrade(headers, connection);
  else if (connection !== undefined) text += `Connection: ${connection}\r\n`;
  return `${text}\r\n`;
}

/** The protocols that the client has to come back with (RFC 9110 section 15.5.22). */
function formatUpgrade(headers: HeaderList, connection: string | undefined): string {
  const options = connection === undefined ? 'Upgrade' : `${connection}, Upgrade`;
  return `Connection: ${options}\r\nUpgrade: ${joinedLines(headers, 'upgrade')}\r\n`;
}

/** Writes the head of an interim response: of any status from 100 to 199 but 101, which is final. @throws ProxyError `SLUICE_INTERNAL` as above */
export function formatInterimHead(status: number, statusText: string, headers: HeaderList): string {
  if (!Number.isInteger(status) || status < 100 || status > 199 || status === 101)
    throw httpError('SLUICE_INTERNAL', `an interim response can not have the status ${status}`);
  return `${formatStart(status, statusText)}${headers.format(noNames)}\r\n`;
}

/**
 * Writes the head of a response that ends HTTP on its connection: of a switch of protocols, whose fields name the new one, or of a success of
 * CONNECT, which has no framing (RFC 9110 section 9.3.6). @throws ProxyError `SLUICE_INTERNAL` as above
 */
export function formatTunnelHead({ status, statusText, headers }: ProxyResponse): string {
  const start = formatStart(status, statusText);
  if (status !== 101) return `${start}${headers.format(connectionAndTrailerFields)}\r\n`;
  return `${start}Connection: Upgrade\r\n${headers.format(fieldsBesideUpgrade)}\r\n`;
}

function formatStart(status: number, statusText: string): string {
  if (!isFieldValue(statusText))
    throw httpError('SLUICE_INTERNAL', 'a reason phrase with a character that must not be sent');
  return `HTTP/1.1 ${status} ${statusText}\r\n`;
}
