// The prelude that looks at a client's first bytes: what it speaks, and whom its ClientHello asks for. Everything it saw is put back.
import type { Cancellation, Clock } from '@sluice/core';
import type { Socket } from 'node:net';
import { clientLeft, peek } from '../peek.ts';
import type { Prelude } from '../tcp/prelude.ts';
import { ClientHelloError } from './client-hello-error.ts';
import type { ClientHello } from './client-hello.ts';
import type { FirstBytesSettings } from './first-bytes-options.ts';
import { ClientHelloReader } from './parse-client-hello.ts';
import { maxSniffedBytes, sniffProtocol, type SniffedProtocol } from './sniff-protocol.ts';

/**
 * Makes the prelude that notes `protocol` and `clientHello` on a connection, as far as the settings ask for them.
 *
 * With both, only connections that turned out to be TLS need a ClientHello; with `clientHello` alone every one needs it, and is refused
 * without.
 */
export function createFirstBytesPrelude(settings: FirstBytesSettings, clock: Clock): Prelude {
  const { sniff, clientHello } = settings;
  return async (socket, connection, cancellation) => {
    if (sniff !== undefined) {
      connection.protocol = await readProtocol(socket, sniff.silenceMs, cancellation, clock);
      if (connection.protocol !== 'tls') return socket;
    }
    if (clientHello !== undefined) {
      connection.clientHello = await readClientHello(socket, clientHello, cancellation, clock);
      connection.protocol = 'tls';
    }
    return socket;
  };
}

/** @returns `undefined` for a client that has sent nothing, and waits or has ended. */
async function readProtocol(
  socket: Socket,
  silenceMs: number,
  cancellation: Cancellation,
  clock: Clock,
): Promise<SniffedProtocol | undefined> {
  const peeked = await peek(socket, {
    inspect: (bytes) => {
      const value = sniffProtocol(bytes);
      return value && { value, consume: 0 };
    },
    maxBytes: maxSniffedBytes,
    timeoutMs: silenceMs,
    cancellation,
    clock,
  });
  if (peeked.ended === 'decided') return peeked.value;
  return peeked.bytes === 0 ? undefined : 'unknown';
}

async function readClientHello(
  socket: Socket,
  { maxHelloBytes, helloTimeoutMs }: { readonly maxHelloBytes: number; readonly helloTimeoutMs: number },
  cancellation: Cancellation,
  clock: Clock,
): Promise<ClientHello> {
  const reader = new ClientHelloReader(maxHelloBytes);
  const peeked = await peek(socket, {
    inspect: (bytes) => {
      const value = reader.read(bytes);
      return value && { value, consume: 0 };
    },
    maxBytes: maxHelloBytes,
    timeoutMs: helloTimeoutMs,
    cancellation,
    clock,
  });
  if (peeked.ended === 'decided') return peeked.value;
  if (peeked.ended === 'timeout') throw new ClientHelloError('late', `was not there within ${helloTimeoutMs} ms`);
  // One that says nothing at all has not tried to speak TLS: whoever checks whether the port is open does that.
  if (peeked.bytes === 0) throw clientLeft(undefined);
  throw new ClientHelloError('cut', 'ends in the middle');
}
