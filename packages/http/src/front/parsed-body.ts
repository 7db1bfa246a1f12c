// The body of a request that a body parser has read before us: made again from what it has left, or refused at once.
// Without this a POST behind express.json() would hang for ever, because the bytes it waits for were read already.
import type { Body } from '../body/body.ts';
import { bytesBody } from '../body/bytes-body.ts';
import { httpError } from '../errors.ts';
import type { HeaderList } from '../headers/header-list.ts';

/**
 * Makes a body from what a body parser left, usually in `req.body`, and drops `Content-Encoding`, which parsers undo.
 *
 * @throws ProxyError `SLUICE_BODY_ALREADY_READ` when nothing is there that means the same.
 */
export function parsedBody(parsed: unknown, headers: HeaderList): Body {
  const content = serialise(parsed, mediaType(headers));
  if (content === undefined) {
    throw httpError(
      'SLUICE_BODY_ALREADY_READ',
      'the request body was read before the proxy saw it, and req.body holds nothing that can be sent instead: mount the proxy before the body parser',
    );
  }
  headers.delete('content-encoding');
  return bytesBody(content);
}

function mediaType(headers: HeaderList): string {
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1);
  return type.trim().toLowerCase();
}

function serialise(body: unknown, type: string): Uint8Array | string | undefined {
  if (body instanceof Uint8Array) return body;
  if (type === 'application/json' || type.endsWith('+json'))
    return body === undefined ? undefined : JSON.stringify(body);
  if (typeof body === 'string') return body;
  if (type === 'application/x-www-form-urlencoded' && isRecord(body)) return formUrlEncoded(body);
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Writes a form as body parsers read it: `a=1&b=2&b=3&c[d]=4`. */
function formUrlEncoded(form: Readonly<Record<string, unknown>>): string {
  const pairs: string[] = [];
  const add = (name: string, value: unknown): void => {
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) add(isRecord(item) ? `${name}[${index}]` : name, item);
    else if (isRecord(value)) for (const [key, item] of Object.entries(value)) add(`${name}[${key}]`, item);
    else pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
  };
  for (const [name, value] of Object.entries(form)) add(name, value);
  return pairs.join('&');
}
