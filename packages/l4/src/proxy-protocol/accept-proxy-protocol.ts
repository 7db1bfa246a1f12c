// The step between accept and route that reads the PROXY header in front of a connection. Who may send one is accept-options.ts.
import type { Cancellation } from '@sluice/core';
import type { Socket } from 'node:net';
import { hasLeft } from '../has-left.ts';
import { clientLeft, peek, type Inspection } from '../peek.ts';
import type { MutableClientConnection } from '../tcp/client-connection.ts';
import type { Prelude } from '../tcp/prelude.ts';
import { resolveAcceptOptions, type AcceptedProxyProtocol, type AcceptProxyProtocolOptions } from './accept-options.ts';
import { findProxySignature, parseProxyHeader } from './parse-proxy-header.ts';
import { ProxyHeaderError } from './proxy-header-error.ts';
import type { ProxyHeader } from './proxy-header.ts';

/**
 * Makes a prelude that reads the PROXY header in front of a connection: the client that it names is the connection's from then on, for
 * hashing, limits, routes and logs. It goes first, before anything else reads.
 *
 * Connections that are not let through are refused with `SLUICE_PROXY_HEADER_INVALID`, or `SLUICE_CLIENT_LEFT` when they end before their
 * first byte. A header that names nobody (`LOCAL`, `UNKNOWN`) leaves the sender in the client's place.
 *
 * @throws OptionsError with every issue
 *
 * @example
 * ```ts
 * const fromBalancer = acceptProxyProtocol({ trustedSenders: ['10.0.0.0/8'] });
 * ```
 */
export function acceptProxyProtocol(options: AcceptProxyProtocolOptions): Prelude {
  const accepted = resolveAcceptOptions(options);
  const prelude: Prelude = async (socket, connection, cancellation) => {
    if (hasLeft(socket)) throw clientLeft(undefined);
    const header = await readProxyHeader(socket, connection.remoteAddress, accepted, cancellation);
    if (header !== undefined) noteProxyHeader(connection, header);
    return socket;
  };
  return Object.assign(prelude, { speaksFor: (address: string) => accepted.trustedSenders.has(address) });
}

/** @returns the header; `undefined` when there is none and none is needed */
async function readProxyHeader(
  socket: Socket,
  sender: string,
  accepted: AcceptedProxyProtocol,
  cancellation: Cancellation,
): Promise<ProxyHeader | undefined> {
  const { mode, maxHeaderBytes, headerTimeoutMs, clock } = accepted;
  const isTrusted = accepted.trustedSenders.has(sender);
  if (mode === 'required' && !isTrusted) throw untrusted(sender);
  let isHeader = mode === 'required';
  const inspect = (bytes: Buffer): Inspection<ProxyHeader | undefined> | undefined => {
    if (mode === 'optional') {
      const signature = findProxySignature(bytes);
      if (signature === 'none') return { value: undefined, consume: 0 };
      isHeader = signature !== 'part';
      if (isHeader && !isTrusted) throw untrusted(sender);
    }
    const parsed = parseProxyHeader(bytes, accepted);
    return parsed === undefined ? undefined : { value: parsed.header, consume: parsed.bytesRead };
  };
  const options = { inspect, maxBytes: maxHeaderBytes, timeoutMs: headerTimeoutMs, cancellation, clock };
  const peeked = await peek(socket, options);
  if (peeked.ended === 'decided') return peeked.value;
  if (peeked.ended === 'timeout') {
    throw new ProxyHeaderError('late', `was not there within ${headerTimeoutMs} ms, ${peeked.bytes} bytes were`);
  }
  // Many load balancers ask whether a port is open by opening it.
  if (peeked.bytes === 0) throw clientLeft(undefined);
  if (!isHeader) return undefined;
  throw new ProxyHeaderError('cut', `was not complete when the connection ended, after ${peeked.bytes} bytes`);
}

function untrusted(sender: string): ProxyHeaderError {
  const who = sender === '' ? 'a Unix socket' : sender;
  return new ProxyHeaderError('untrusted', `is not accepted from ${who}`);
}

/** The client that a header names takes the place of the sender. One that names none leaves the connection as it is. */
function noteProxyHeader(connection: MutableClientConnection, header: ProxyHeader): void {
  connection.proxyHeader = header;
  const { source, destination, transport } = header;
  if (source === undefined || destination === undefined) return;
  const isUnix = transport === 'unix-stream' || transport === 'unix-datagram';
  connection.remoteAddress = isUnix ? '' : source.address;
  connection.remotePort = source.port;
  connection.localAddress = isUnix ? '' : destination.address;
  connection.localPort = destination.port;
}
