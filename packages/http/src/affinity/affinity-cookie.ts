// Affinity by a cookie of ours, which names the endpoint. What it looks like inside is affinity-token.ts.
import { describeValue, type OptionsReader } from '@sluice/core';
import { isFieldValue, isToken } from '../headers/field-syntax.ts';
import type { Exchange } from '../exchange.ts';
import { AffinityTokens, type AffinityToken } from './affinity-token.ts';
import type { ClientMemory } from './client-memory.ts';
import { requestCookie } from './request-cookie.ts';

/** The cookie. */
export interface AffinityCookieOptions {
  /** What signs it, at least 16 characters each: the first one signs, all are believed, so that they can be rotated. */
  readonly secrets: readonly string[];
  /** @defaultValue `'sluice-affinity'` */
  readonly name?: string;
  /** How long a client stays on its endpoint, in milliseconds; `false` is as long as the browser runs. Used for half of it, it is renewed. @defaultValue false */
  readonly ttlMs?: number | false;
  /** @defaultValue `'/'` */
  readonly path?: string;
  /** @defaultValue none: the host that the client sees */
  readonly domain?: string;
  /** @defaultValue `'Lax'` */
  readonly sameSite?: 'Strict' | 'Lax' | 'None';
  /** Whether browsers send it over TLS only; `auto` says so when the client came by TLS. @defaultValue `'auto'` */
  readonly secure?: boolean | 'auto';
}

/** `AffinityCookieOptions`, complete. */
export interface ResolvedAffinityCookie {
  readonly secrets: readonly string[];
  readonly name: string;
  readonly ttlMs: number;
  readonly attributes: string;
  readonly secure: boolean | 'auto';
}

/** Shorter secrets can be found by trying. */
const minSecretLength = 16;

/** Reads the options. */
export function readAffinityCookie(reader: OptionsReader): ResolvedAffinityCookie {
  const secrets = reader.list('secrets', (value, path) => {
    if (typeof value === 'string' && value.length >= minSecretLength) return value;
    // What is too short may be a secret all the same.
    reader.issue(path, `must be text of at least ${minSecretLength} characters`);
    return undefined;
  });
  if (secrets.length === 0 && !reader.has('secrets'))
    reader.issue('secrets', 'must be given: without them anybody could choose an endpoint');
  const name = reader.string('name', { default: 'sluice-affinity' });
  if (!isToken(name)) reader.issue('name', `must be a cookie's name, got ${describeValue(name)}`);
  return {
    secrets: secrets.length === 0 ? [''] : secrets,
    name,
    ttlMs: reader.milliseconds('ttlMs', { default: Infinity, min: 1000 }),
    attributes: readAttributes(reader),
    secure: readSecure(reader),
  };
}

function readAttributes(reader: OptionsReader): string {
  const path = readAttribute(reader, 'path') ?? '/';
  const domain = readAttribute(reader, 'domain');
  const sameSite = reader.choice('sameSite', ['Strict', 'Lax', 'None'], { default: 'Lax' });
  return `; Path=${path}${domain === undefined ? '' : `; Domain=${domain}`}; HttpOnly; SameSite=${sameSite}`;
}

function readAttribute(reader: OptionsReader, key: string): string | undefined {
  const value = reader.string(key);
  if (value === undefined || (isFieldValue(value) && !value.includes(';'))) return value;
  reader.issue(key, `must not end the attribute, got ${describeValue(value)}`);
  return undefined;
}

function readSecure(reader: OptionsReader): boolean | 'auto' {
  const value = reader.raw('secure') ?? 'auto';
  if (value === 'auto' || typeof value === 'boolean') return value;
  reader.issue('secure', `must be true, false or 'auto', got ${describeValue(value)}`);
  return 'auto';
}

/** Makes the memory: it is in the clients. */
export function createAffinityCookie(options: ResolvedAffinityCookie): ClientMemory {
  const { name, ttlMs, attributes, secure } = options;
  const tokens = new AffinityTokens(options.secrets);
  const parse = (exchange: Exchange, nowMs: number): AffinityToken | undefined => {
    const value = requestCookie(exchange.request.headers, name);
    return value === undefined ? undefined : tokens.parse(value, nowMs, idsOf(exchange));
  };
  const isFresh = ({ isOld, expiresMs }: AffinityToken, nowMs: number): boolean =>
    !isOld && (expiresMs === Infinity ? ttlMs === Infinity : expiresMs - nowMs > ttlMs / 2);
  return {
    find: (exchange, nowMs) => parse(exchange, nowMs)?.endpointId,
    remember(exchange, { headers }, endpointId, _found, nowMs) {
      const token = parse(exchange, nowMs);
      if (token?.endpointId === endpointId && isFresh(token, nowMs)) return;
      const age = ttlMs === Infinity ? '' : `; Max-Age=${Math.ceil(ttlMs / 1000)}`;
      const isSecure = secure === 'auto' ? exchange.client.protocol === 'https' : secure;
      const value = tokens.format(endpointId, nowMs + ttlMs);
      headers.append('Set-Cookie', `${name}=${value}${attributes}${age}${isSecure ? '; Secure' : ''}`);
    },
  };
}

function idsOf({ upstream }: Exchange): string[] {
  return upstream.endpointSet.endpoints.map(({ id }) => id);
}
