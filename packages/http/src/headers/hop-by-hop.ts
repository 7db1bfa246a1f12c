// Removes the fields that are meant for one connection only (RFC 9110 section 7.6.1).
import { isSameName } from './field-syntax.ts';
import type { HeaderList } from './header-list.ts';
import { listTokens } from './token-list.ts';

/**
 * Fields that never pass a proxy: those of RFC 9110 section 7.6.1, the framing (which each side writes by itself), and credentials for the
 * proxy (section 11.7.2), which the endpoint has no business to see. `Trailer` is not among them: it announces end-to-end trailers.
 */
const hopByHopNames: readonly string[] = Object.freeze([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

/**
 * Names that `Connection` can not declare hop-by-hop. Whoever could strip these would change what a message means on its way: the length of its
 * body, the host it is for, who is asking, whether it may be cached ("hop-by-hop header abuse").
 */
const endToEndNames: readonly string[] = Object.freeze([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'content-range',
  'trailer',
  'authorization',
  'cookie',
  'set-cookie',
  'cache-control',
  'vary',
  'date',
  'expect',
  'range',
  'via',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-real-ip',
]);

/** Removes all hop-by-hop fields in place: the fixed ones, and those that `Connection` names. */
export function removeHopByHop(headers: HeaderList): void {
  const connection = headers.get('connection');
  if (connection !== undefined && !isPlain(connection)) {
    for (const name of listTokens(headers, 'connection')) {
      if (!endToEndNames.some((protectedName) => isSameName(protectedName, name))) headers.delete(name);
    }
  }
  for (const name of hopByHopNames) headers.delete(name);
}

/** The two values that nearly every request has, which name no field. */
function isPlain(connection: string): boolean {
  return connection === 'keep-alive' || connection === 'close';
}
