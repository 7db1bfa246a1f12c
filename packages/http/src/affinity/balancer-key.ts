// Says what hashing balancers hash: a field, a cookie, a parameter of the query, or the path.
import { describeValue, resolveOptions } from '@sluice/core';
import type { Exchange } from '../exchange.ts';
import { isToken } from '../headers/field-syntax.ts';
import type { Middleware } from '../middleware.ts';
import { requestCookie } from './request-cookie.ts';

/** Where the key comes from; one of these. */
export interface BalancerKeyOptions {
  /** The value of a field. */
  readonly header?: string;
  /** The value of a cookie. */
  readonly cookie?: string;
  /** A parameter of the query, decoded. */
  readonly query?: string;
  /** The path, without the query: what caches want. */
  readonly path?: true;
}

type KeyOf = (exchange: Exchange) => string | undefined;

/**
 * Makes middleware that sets `exchange.balancerKey`, for `ring-hash`, `maglev` and their like. A request without the key keeps the one that it
 * had: the client's address.
 *
 * @throws OptionsError
 */
export function balancerKey(options: BalancerKeyOptions): Middleware {
  const keyOf = resolveOptions(options, 'balancerKey', (reader): KeyOf => {
    const [header, cookie, query] = [reader.string('header'), reader.string('cookie'), reader.string('query')];
    const path = reader.boolean('path', { default: false });
    const given = [header, cookie, query, path || undefined].filter((value) => value !== undefined);
    if (given.length !== 1) reader.issue('header', `, cookie, query or path: one must be given, got ${given.length}`);
    for (const [key, name] of Object.entries({ header, cookie })) {
      if (name !== undefined && !isToken(name)) reader.issue(key, `must be a name, got ${describeValue(name)}`);
    }
    if (header !== undefined) return ({ request }) => request.headers.get(header);
    if (cookie !== undefined) return ({ request }) => requestCookie(request.headers, cookie);
    if (query !== undefined) return ({ request }) => parameterOf(request.target, query);
    return ({ request }) => request.target.split('?', 1)[0];
  });
  return (exchange, next) => {
    const key = keyOf(exchange);
    if (key !== undefined && key !== '') exchange.balancerKey = key;
    return next();
  };
}

function parameterOf(target: string, name: string): string | undefined {
  const start = target.indexOf('?');
  return start < 0 ? undefined : (new URLSearchParams(target.slice(start)).get(name) ?? undefined);
}
