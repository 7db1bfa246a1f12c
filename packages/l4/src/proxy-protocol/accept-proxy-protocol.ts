// The option that says who may put a PROXY header in front of a connection, its defaults, and the one place where both are read.
import { describeValue, type OptionsReader } from '@sluice/core';
import { readAddressList, type AddressList } from '../address-list.ts';
import { defaultMaxHeaderBytes, leastMaxHeaderBytes, type ProxyHeaderLimits } from './parse-proxy-header.ts';

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
}

/** `AcceptProxyProtocolOptions`, complete and checked. */
export interface AcceptedProxyProtocol {
  /** Whether there has to be a header. */
  readonly mode: 'required' | 'optional';
  /** Whose headers are believed. */
  readonly trustedSenders: AddressList;
  /** How long the header may take. */
  readonly headerTimeoutMs: number;
  /** The most bytes of a header. */
  readonly maxHeaderBytes: number;
}

/** The defaults of `AcceptProxyProtocolOptions`. The specification asks for 3 seconds at least: that is one lost packet. */
export const acceptProxyProtocolDefaults: Readonly<
  Pick<AcceptedProxyProtocol, 'mode' | 'headerTimeoutMs' | 'maxHeaderBytes'>
> = Object.freeze({ mode: 'required', headerTimeoutMs: 5_000, maxHeaderBytes: defaultMaxHeaderBytes });

/** Reads the option `acceptProxyProtocol` among others. `undefined`: headers are neither wanted nor known. */
export function readAcceptProxyProtocol(reader: OptionsReader): AcceptedProxyProtocol | undefined {
  const key = 'acceptProxyProtocol';
  if (!reader.has(key) || reader.raw(key) === false) return undefined;
  return reader.nested(key, (own) => {
    if (!own.has('trustedSenders')) {
      own.issue('trustedSenders', `must name those whose headers are believed, got ${describeValue(undefined)}`);
    }
    return Object.freeze({
      mode: own.choice('mode', ['required', 'optional'], { default: acceptProxyProtocolDefaults.mode }),
      trustedSenders: readAddressList(own, 'trustedSenders'),
      headerTimeoutMs: own.milliseconds('headerTimeoutMs', {
        default: acceptProxyProtocolDefaults.headerTimeoutMs,
        min: 1,
      }),
      maxHeaderBytes: own.integer('maxHeaderBytes', {
        default: acceptProxyProtocolDefaults.maxHeaderBytes,
        min: leastMaxHeaderBytes,
        max: 65_551,
      }),
    });
  });
}
