// The prelude that looks at a client's first bytes: what it speaks, and whom its ClientHello asks for. Everything it saw is put back.
import { readClock, resolveOptions, type Cancellation, type Clock } from '@sluice/core';
import type { Socket } from 'node:net';
import { clientLeft, peek } from '../peek.ts';
import type { Prelude } from '../tcp/prelude.ts';
import { ClientHelloError } from './client-hello-error.ts';
import type { ClientHello } from './client-hello.ts';
import {
  noNeeds,
  readFirstBytesOptions,
  type ClientHelloOptions,
  type FirstBytesSettings,
  type SniffOptions,
} from './first-bytes-options.ts';
import { ClientHelloReader } from './parse-client-hello.ts';
import { maxSniffedBytes, sniffProtocol, type SniffedProtocol } from './sniff-protocol.ts';

/** What `inspectFirstBytes` takes: at least one of `sniff` and `clientHello`. */
export interface InspectFirstBytesOptions {
  /** Tells the client's protocol by its first bytes. @defaultValue false */
  readonly sniff?: boolean | SniffOptions;
  /** Reads a TLS client's first message. @defaultValue false */
  readonly clientHello?: boolean | ClientHelloOptions;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/**
 * Makes a prelude that notes `protocol` and `clientHello` on a connection, and leaves every byte where it was. The options `sniff` and
 * `clientHello` of a TCP proxy do that behind all preludes; this one can stand in front of others, which then decide by what it has noted: to
 * end TLS for some names, and to let it through for the others.
 *
 * With both, only connections that turned out to be TLS need a ClientHello; with `clientHello` alone every one needs it. Those that have
 * none are refused with `SLUICE_CLIENT_HELLO_INVALID`.
 *
 * @throws OptionsError with every issue
 *
 * @example
 * ```ts
 * import { createTcpProxy, createTlsContexts, inspectFirstBytes } from '@sluice/l4';
 * import { readFileSync } from 'node:fs';
 *
 * const tls = createTlsContexts({ cert: readFileSync('ours.pem'), key: readFileSync('ours.key') });
 * const proxy = createTcpProxy({
 *   to: '10.0.0.7:443',
 *   preludes: [
 *     inspectFirstBytes({ clientHello: true }),
 *     (socket, connection, cancellation) =>
 *       connection.clientHello?.serverName === 'ours.example' ? tls.terminate(socket, connection, cancellation) : socket,
 *   ],
 * });
 * ```
 */
export function inspectFirstBytes(options: InspectFirstBytesOptions): Prelude {
  return resolveOptions(options, 'inspectFirstBytes', (reader) => {
    const prelude = createFirstBytesPrelude(readFirstBytesOptions(reader, noNeeds), readClock(reader));
    if (prelude !== undefined) return prelude;
    reader.issue('sniff', 'must be on, or clientHello');
    return undefined as never;
  });
}

/** Makes the prelude for settings; `undefined` when they are all off. */
export function createFirstBytesPrelude(settings: FirstBytesSettings, clock: Clock): Prelude | undefined {
  const { sniff, clientHello } = settings;
  if (sniff === undefined && clientHello === undefined) return undefined;
  const prelude: Prelude = async (socket, connection, cancellation) => {
    if (sniff !== undefined) {
      connection.protocol = await readProtocol(socket, sniff.silenceMs, cancellation, clock);
      if (connection.protocol !== 'tls') return socket;
    }
    // Where TLS has ended, its session tells the name and the protocol.
    if (clientHello !== undefined && connection.tls === undefined) {
      connection.clientHello = await readClientHello(socket, clientHello, cancellation, clock);
      connection.protocol = 'tls';
    }
    return socket;
  };
  return Object.assign(prelude, { notes: { sniff: sniff !== undefined, clientHello: clientHello !== undefined } });
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
