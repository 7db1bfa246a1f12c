// The text that names an endpoint in a cookie: nobody can make one, read an address out of it, or use it for longer than it is meant to last.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Bytes of a keyed hash that are kept: 96 bits can not be guessed. */
const hashBytes = 12;

/** A token that was read. */
export interface AffinityToken {
  readonly endpointId: string;
  /** Milliseconds since 1970; `Infinity` when it lasts. */
  readonly expiresMs: number;
  /** Whether another secret than the first has made it, so that a new one is due. */
  readonly isOld: boolean;
}

/**
 * Makes and reads tokens: `name.expiry.signature`, where the name is a keyed hash of the endpoint's id, the expiry is in seconds since 1970 in base 36,
 * and the signature is HMAC-SHA-256 of both (RFC 2104), cut to 96 bits.
 */
export class AffinityTokens {
  readonly #secrets: readonly string[];
  /** The ids by their names, for each secret; names are made once for each endpoint. */
  readonly #idsByName: readonly Map<string, string>[];
  readonly #namesById = new Map<string, string>();

  /** @param secrets - The first one signs, all of them are believed. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    this.#idsByName = secrets.map(() => new Map());
  }

  /** The token of an endpoint. */
  format(endpointId: string, expiresMs: number): string {
    const seconds = expiresMs === Infinity ? '' : Math.ceil(expiresMs / 1000).toString(36);
    const text = `${this.#nameOf(endpointId)}.${seconds}`;
    return `${text}.${sign(this.#secrets[0] ?? '', text)}`;
  }

  /** Reads a token. @returns `undefined` for one that is forged or over, or whose endpoint is not among the ids */
  parse(token: string, nowMs: number, ids: Iterable<string>): AffinityToken | undefined {
    const [name = '', seconds = '', signature = '', ...more] = token.split('.');
    if (more.length > 0 || !/^[0-9a-z]{0,10}$/.test(seconds)) return undefined;
    const expiresMs = seconds === '' ? Infinity : Number.parseInt(seconds, 36) * 1000;
    if (expiresMs <= nowMs) return undefined;
    const index = this.#secrets.findIndex((secret) => isSame(sign(secret, `${name}.${seconds}`), signature));
    const endpointId = index < 0 ? undefined : this.#idOf(name, index, ids);
    return endpointId === undefined ? undefined : { endpointId, expiresMs, isOld: index > 0 };
  }

  #nameOf(endpointId: string): string {
    let name = this.#namesById.get(endpointId);
    if (name === undefined) this.#namesById.set(endpointId, (name = nameWith(this.#secrets[0] ?? '', endpointId)));
    return name;
  }

  #idOf(name: string, index: number, ids: Iterable<string>): string | undefined {
    const known = this.#idsByName[index];
    const secret = this.#secrets[index] ?? '';
    const current = new Set(ids);
    const id = known?.get(name);
    if (id !== undefined) return current.has(id) ? id : undefined;
    // The endpoints have changed since: only names of endpoints that there are can have passed the signature.
    known?.clear();
    for (const each of current) known?.set(nameWith(secret, each), each);
    return known?.get(name);
  }
}

function nameWith(secret: string, endpointId: string): string {
  return sign(secret, `endpoint ${endpointId}`);
}

function sign(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text).digest().subarray(0, hashBytes).toString('base64url');
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
