// Reads the PROXY header in front of a connection, if its sender may send one. Who may is accept-proxy-protocol.ts.
import type { Clock } from '@sluice/core';
import type { Socket } from 'node:net';
import { clientLeft, peek, type Inspection, type PeekOptions } from '../peek.ts';
import type { MutableClientConnection } from '../tcp/client-connection.ts';
import type { Prelude } from '../tcp/prelude.ts';
import type { AcceptedProxyProtocol } from './accept-proxy-protocol.ts';
import { findProxySignature, parseProxyHeader } from './parse-proxy-header.ts';
import { ProxyHeaderError } from './proxy-header-error.ts';
import type { ProxyHeader } from './proxy-header.ts';

/**
 * Makes the step between accept and route that reads the header; the client it names is the connection's from then on.
 *
 * The step refuses with `SLUICE_PROXY_HEADER_INVALID`, and with `SLUICE_CLIENT_LEFT` when the client is gone before its first byte. It
 * leaves the socket paused, at the first byte behind the header.
 */
export function proxyHeaderPrelude(accepted: AcceptedProxyProtocol, clock: Clock): Prelude {
  return async (socket, connection, cancellation) => {
    const header = await readProxyHeader(socket, connection.remoteAddress, accepted, { cancellation, clock });
    if (header !== undefined) noteProxyHeader(connection, header);
    return socket;
  };
}

/** @returns the header; `undefined` when there is none and none is needed */
async function readProxyHeader(
  socket: Socket,
  sender: string,
  accepted: AcceptedProxyProtocol,
  giveUp: Pick<PeekOptions<unknown>, 'cancellation' | 'clock'>,
): Promise<ProxyHeader | undefined> {
  const { mode, maxHeaderBytes, headerTimeoutMs } = accepted;
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
  const options = { inspect, maxBytes: maxHeaderBytes, timeoutMs: headerTimeoutMs, ...giveUp };
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
