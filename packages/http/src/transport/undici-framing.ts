// How long a response is that undici has parsed, and whether two parsers could disagree about it.
import type { HeaderList } from '../headers/header-list.ts';

/** What is wrong with the framing of a response. undici's parser lets most of it pass; RFC 9112 section 6.3 does not. */
export function framingFault(headers: HeaderList): string | undefined {
  const codings = headers.getAll('transfer-encoding');
  if (codings.length > 1 || (codings[0] ?? 'chunked').toLowerCase() !== 'chunked') {
    return 'a Transfer-Encoding other than chunked';
  }
  const lengths = headers.getAll('content-length').length;
  if (lengths > 1) return 'more than one Content-Length';
  return lengths > 0 && codings.length > 0 ? 'both Content-Length and Transfer-Encoding' : undefined;
}

/** The body's length as the head tells it; `0` when there is none, `undefined` when only its end will tell. */
export function bodySize(method: string, status: number, contentLength: string | undefined): number | undefined {
  if (method === 'HEAD' || status === 204 || status === 304) return 0;
  return contentLength === undefined ? undefined : Number(contentLength);
}
