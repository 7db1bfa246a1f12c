// What `connect` of createProxy can be told, and the one place where it is read.
import { readPart, type Clock, type OptionsReader } from '@sluice/core';
import { createDialer, passDialRules, type Dialer, type DialRules } from '@sluice/l4';
import { readConnectRules, type ConnectRules } from './connect-rules.ts';

/** Where CONNECT may lead, and who goes there. */
export interface ConnectOptions {
  /**
   * The targets that clients may name: `example.com:443`, `192.0.2.1:22`, `[2001:db8::1]:22`; `*.example.com:443` for all names below that one,
   * `*:443` for all names; `*` as the port for any. Addresses stand for themselves only. Everything else is answered with 403.
   */
  readonly allow: readonly string[];
  /**
   * The proxy connects to the target by itself. A name that means a non-public address is refused, unless rules of yours say which addresses
   * names may mean (`{}`: all). Addresses in `allow` are connected, whatever they are.
   *
   * @defaultValue false: CONNECT is sent on to the upstream, whose endpoints are proxies themselves
   */
  readonly direct?: boolean | DialRules;
}

/** Who connects to targets by himself. */
export interface DirectDialers {
  readonly forNames: Dialer;
  readonly forAddresses: Dialer;
}

/** `ConnectOptions`, complete and checked. */
export interface ResolvedConnect {
  readonly rules: ConnectRules;
  /** `undefined` when CONNECT is sent on. */
  readonly direct: DirectDialers | undefined;
}

/** Reads the key `connect`; `undefined` when CONNECT is not served. */
export function readConnect(reader: OptionsReader, clock: Clock): ResolvedConnect | undefined {
  const value = reader.raw('connect') ?? false;
  if (value === false) return undefined;
  return reader.at(value, 'connect', (inner) => ({
    rules: readConnectRules(inner, 'allow'),
    direct: readDirect(inner, clock),
  }));
}

function readDirect(reader: OptionsReader, clock: Clock): DirectDialers | undefined {
  const value = reader.raw('direct') ?? false;
  if (value === false) return undefined;
  const rules: DialRules | undefined =
    value === true ? { deny: ['non-public'] } : reader.at(value, 'direct', passDialRules);
  const forNames = readPart(reader, 'direct', () => createDialer({ ...rules, clock }));
  return forNames && { forNames, forAddresses: createDialer({ clock }) };
}
