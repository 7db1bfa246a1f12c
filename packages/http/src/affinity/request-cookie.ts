// Finds a cookie in a request (RFC 6265 section 4.2), without taking the others apart.
import type { HeaderList } from '../headers/header-list.ts';

/** The value of the first cookie of that name; its quotes, if any, are part of it. */
export function requestCookie(headers: HeaderList, name: string): string | undefined {
  if (!headers.has('cookie')) return undefined;
  for (const line of headers.getAll('cookie')) {
    for (const pair of line.split(';')) {
      const equals = pair.indexOf('=');
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
    }
  }
  return undefined;
}

/** The value that a response's `Set-Cookie` gives a cookie; `undefined` when none does, and when it is taken back. */
export function responseCookie(headers: HeaderList, name: string): string | undefined {
  if (!headers.has('set-cookie')) return undefined;
  let value: string | undefined;
  for (const line of headers.getAll('set-cookie')) {
    const [pair = ''] = line.split(';', 1);
    const equals = pair.indexOf('=');
    if (equals < 1 || pair.slice(0, equals).trim() !== name) continue;
    const isTakenBack = /;\s*max-age\s*=\s*(?:0|-\d+)\s*(?:;|$)/i.test(line);
    value = isTakenBack ? undefined : pair.slice(equals + 1).trim();
  }
  return value === '' ? undefined : value;
}
