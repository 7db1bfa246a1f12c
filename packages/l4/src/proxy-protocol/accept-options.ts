// What acceptProxyProtocol can be told, its defaults, and the one place where both are read.
import { describeValue, readClock, resolveOptions, systemClock, type Clock } from '@sluice/core';
import { readAddressList, type AddressList } from '../address-list.ts';
import {
  defaultMaxHeaderBytes,
  leastMaxHeaderBytes,
  mostHeaderBytes,
  type ProxyHeaderLimits,
} from './parse-proxy-header.ts';

/** Who may say, with a PROXY header, who the client of a connection is. */
export interface AcceptProxyProtocolOptions extends ProxyHeaderLimits {
  /**
   * - `required`: every connection starts with a header, and comes from a trusted sender.
   * - `optional`: connections of trusted senders may start with a header. Those of others may not: one that does is refused, not read as
   *   data, for an endpoint behind us could believe it. Every client has to speak first, in time.
   *
   * @defaultValue `'required'`
   */
  readonly mode?: 'required' | 'optional';
  /**
   * Whose headers are believed: networks (`10.0.0.0/8`), addresses, and the names `loopback`, `private` and `unix` (whoever may open our Unix
   * socket). Required: a header is nothing but a claim. `['0.0.0.0/0', '::/0']` is everybody, which is right only where nobody but proxies
   * can connect.
   */
  readonly trustedSenders: readonly string[];
  /** How long the header may take from the moment a connection is accepted, in milliseconds. @defaultValue 5000 */
  readonly headerTimeoutMs?: number;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** `AcceptProxyProtocolOptions`, complete and checked. */
export interface AcceptedProxyProtocol {
  readonly mode: 'required' | 'optional';
  readonly trustedSenders: AddressList;
  readonly headerTimeoutMs: number;
  readonly maxHeaderBytes: number;
  readonly clock: Clock;
}

/** The defaults of `AcceptProxyProtocolOptions`. The specification asks for 3 seconds at least: that is one lost packet. */
export const acceptDefaults: Readonly<Omit<AcceptedProxyProtocol, 'trustedSenders'>> = Object.freeze({
  mode: 'required',
  headerTimeoutMs: 5_000,
  maxHeaderBytes: defaultMaxHeaderBytes,
  clock: systemClock,
});

/** @throws OptionsError with every issue */
export function resolveAcceptOptions(options: AcceptProxyProtocolOptions): AcceptedProxyProtocol {
  const { mode, headerTimeoutMs, maxHeaderBytes, clock } = acceptDefaults;
  return resolveOptions(options, 'acceptProxyProtocol', (reader) => {
    if (!reader.has('trustedSenders')) {
      reader.issue('trustedSenders', `must name those whose headers are believed, got ${describeValue(undefined)}`);
    }
    return Object.freeze({
      mode: reader.choice('mode', ['required', 'optional'], { default: mode }),
      trustedSenders: readAddressList(reader, 'trustedSenders'),
      headerTimeoutMs: reader.milliseconds('headerTimeoutMs', { default: headerTimeoutMs, min: 1 }),
      maxHeaderBytes: reader.integer('maxHeaderBytes', {
        default: maxHeaderBytes,
        min: leastMaxHeaderBytes,
        max: mostHeaderBytes,
      }),
      clock: readClock(reader, clock),
    });
  });
}
