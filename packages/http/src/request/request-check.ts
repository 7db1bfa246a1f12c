// Refuses requests that two HTTP implementations could read differently, and brings the target into origin form.
// Runs before any middleware, whichever front read the request, because a lenient parser in front of us must not become our attacker.
import { connectTargetInvalid } from '../connect/connect-refusals.ts';
import { parseConnectTarget } from '../connect/connect-target.ts';
import { httpError } from '../errors.ts';
import { isAuthority, isToken } from '../headers/field-syntax.ts';
import type { HeaderList } from '../headers/header-list.ts';
import type { ExchangeRequest } from '../exchange.ts';

/**
 * Checks framing, `Host` and target of a request, rewrites an absolute-form target (RFC 9112 section 3.2.2), and brings that of CONNECT into its one form.
 *
 * @throws ProxyError `SLUICE_FRAMING_INVALID` or `SLUICE_TARGET_INVALID`.
 */
export function checkRequest(request: ExchangeRequest): void {
  if (!isToken(request.method)) throw httpError('SLUICE_FRAMING_INVALID', 'the method is not a token');
  checkFraming(request);
  checkHost(request);
  if (request.method === 'CONNECT') return authorityForm(request);
  request.target = originForm(request.method, request.target, request.headers);
}

/** RFC 9112 section 6.1 and 6.3: a message has one framing. Against request smuggling by CL.TE, TE.CL, TE.TE and CL.CL. */
function checkFraming(request: ExchangeRequest): void {
  const { headers } = request;
  if (!headers.has('transfer-encoding') && !headers.has('content-length')) return;
  const codings = headers.getAll('transfer-encoding');
  const lengths = headers.getAll('content-length');
  if (codings.length > 0) {
    if (lengths.length > 0) throw httpError('SLUICE_FRAMING_INVALID', 'both Content-Length and Transfer-Encoding');
    if (request.version === '1.0') throw httpError('SLUICE_FRAMING_INVALID', 'Transfer-Encoding in HTTP/1.0');
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') {
      throw httpError('SLUICE_FRAMING_INVALID', 'a Transfer-Encoding other than chunked');
    }
  }
  if (lengths.length > 1) throw httpError('SLUICE_FRAMING_INVALID', 'more than one Content-Length');
  const [length] = lengths;
  if (length !== undefined && !isContentLength(length)) {
    throw httpError('SLUICE_FRAMING_INVALID', 'a Content-Length that is not a number of bytes');
  }
}

/** RFC 9110 section 8.6: digits only; no sign, no list, no hexadecimal; below 2^53 so that a number holds it. */
function isContentLength(text: string): boolean {
  if (text.length === 0 || text.length > 15) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return true;
}

/** RFC 9112 section 3.2: exactly one Host, in HTTP/1.0 at most one, and nothing in it that could be read as another authority. */
function checkHost(request: ExchangeRequest): void {
  const hosts = request.headers.getAll('host');
  if (hosts.length > 1) throw httpError('SLUICE_FRAMING_INVALID', 'more than one Host');
  const [host] = hosts;
  if (host === undefined) {
    if (request.version === '1.0') return;
    throw httpError('SLUICE_FRAMING_INVALID', 'no Host');
  }
  // An empty Host is what a client without an authority has to send.
  if (host !== '' && !isAuthority(host))
    throw httpError('SLUICE_FRAMING_INVALID', 'a Host that is not a host with an optional port');
}

/** RFC 9112 section 3.2.3. Whatever `Host` says, the target decides: filters behind us must not be told two stories. */
function authorityForm(request: ExchangeRequest): void {
  const target = parseConnectTarget(request.target);
  if (target === undefined) throw connectTargetInvalid();
  request.target = target.href;
  request.headers.set('Host', target.href);
}

function originForm(method: string, target: string, headers: HeaderList): string {
  for (let index = 0; index < target.length; index++) {
    const code = target.charCodeAt(index);
    if (code <= 0x20 || code === 0x7f)
      throw httpError('SLUICE_TARGET_INVALID', 'white space or a control character in the target');
    // RFC 9112 section 3.2: no target has a fragment. Servers that cut it off and servers that do not see two paths.
    if (code === 0x23) throw httpError('SLUICE_TARGET_INVALID', 'a fragment in the target');
  }
  if (target.startsWith('/')) return target;
  if (target === '*') {
    if (method === 'OPTIONS') return target;
    throw httpError('SLUICE_TARGET_INVALID', 'the target * is for OPTIONS only');
  }
  return fromAbsoluteForm(method, target, headers);
}

function fromAbsoluteForm(method: string, target: string, headers: HeaderList): string {
  const authorityAt = absoluteAuthorityOffset(target);
  if (authorityAt === 0) throw httpError('SLUICE_TARGET_INVALID', 'the target is neither a path nor an http URL');
  let end = authorityAt;
  while (end < target.length && !'/?'.includes(target[end] ?? '')) end++;
  const authority = target.slice(authorityAt, end);
  if (!isAuthority(authority)) {
    throw httpError('SLUICE_TARGET_INVALID', 'the target has no usable authority');
  }
  // The target's authority wins over a Host that says otherwise: a cache or filter behind us must not be told two stories.
  headers.set('Host', authority);
  const rest = target.slice(end);
  if (rest === '') return method === 'OPTIONS' ? '*' : '/';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** Where the authority starts in an `http://` or `https://` URL; 0 when it is neither. */
function absoluteAuthorityOffset(target: string): number {
  const scheme = target.slice(0, 8).toLowerCase();
  if (scheme === 'https://') return 8;
  return scheme.startsWith('http://') ? 7 : 0;
}
