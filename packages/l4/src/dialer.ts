// Opens connections to endpoints: TCP, TLS or Unix, within one time limit, cancellable. What a failure means is classify-connect-error.ts.
import { onCancel, type Cancellation, type Clock, type EndpointAddress, type ProxyError } from '@sluice/core';
import { connect, type OnReadOpts, type Socket, type TcpNetConnectOpts } from 'node:net';
import { classifyConnectError } from './classify-connect-error.ts';
import { closeOnError } from './close-on-error.ts';
import { resolveDialerOptions, type DialerOptions, type ResolvedDialerOptions } from './dialer-options.ts';
import { l4Error } from './errors.ts';
import { isLoopbackName, loopbackLookup } from './loopback-lookup.ts';
import { createTlsConnector, type TlsConnector } from './tls/tls-connector.ts';

/** Reads of a connection into the owner's memory, instead of `'data'` events. */
export interface OnRead {
  /** Where the next bytes go. The function form is asked before each read, so that buffers can be swapped. */
  readonly buffer: Uint8Array | (() => Uint8Array);
  /**
   * Gets each read. The memory is the owner's again when it returns; `false` pauses until `socket.resume()`.
   * May run before the code that awaits `dial` goes on, when the endpoint speaks first.
   */
  readonly callback: (bytesRead: number, buffer: Uint8Array) => boolean;
}

/** One connection to open. */
export interface DialRequest {
  /** Where to; `secure` means TLS. */
  readonly address: EndpointAddress;
  /** Gives up, in any phase. */
  readonly cancellation?: Cancellation | undefined;
  /** Instead of the name in the dialer's TLS options. */
  readonly servername?: string | undefined;
  /** Reads without stream events. Such a socket emits no `'data'`. */
  readonly onRead?: OnRead | undefined;
  /** Instead of the dialer's limit. */
  readonly connectTimeoutMs?: number | undefined;
}

/** Opens connections. Needs no closing: it holds memory only. */
export interface Dialer {
  /**
   * Opens a connection to an endpoint; the caller owns it then.
   *
   * An error closes the socket and nothing else: it has an `'error'` listener from its first moment, next to the owner's. It stays
   * half-open when the endpoint ends its side (`allowHalfOpen`): the owner hears `'end'` and ends or destroys it. When a name has several
   * addresses, they are tried in turn, a quarter of the limit each and the last one to the end; `localhost` always has both loopback
   * addresses. TLS sessions are resumed.
   *
   * Rejects with `SLUICE_CONNECT_REFUSED`, `SLUICE_CONNECT_FAILED`, `SLUICE_CONNECT_TIMEOUT`, `SLUICE_TLS_FAILED`, or the reason of the
   * cancellation; the socket is destroyed then. With TLS 1.3 an endpoint judges our certificate after the connection is open: its refusal
   * comes as the socket's first `'error'`.
   */
  dial(request: DialRequest): Promise<Socket>;
}

/**
 * Makes a dialer.
 *
 * @throws OptionsError with every issue
 */
export function createDialer(options: DialerOptions = {}): Dialer {
  const settings = resolveDialerOptions(options);
  const connectTls = createTlsConnector(settings.tls);
  return {
    async dial(request) {
      const { address, cancellation, connectTimeoutMs = settings.connectTimeoutMs } = request;
      if (cancellation?.aborted === true) throw cancellation.reason;
      let socket;
      try {
        socket = openSocket(request, connectTimeoutMs, settings, connectTls);
      } catch (error) {
        throw classifyConnectError(error, address, connectTimeoutMs);
      }
      return untilConnected(socket, address, cancellation, connectTimeoutMs, settings.clock);
    },
  };
}

function openSocket(
  request: DialRequest,
  limitMs: number,
  settings: ResolvedDialerOptions,
  connectTls: TlsConnector,
): Socket {
  const { address, onRead } = request;
  const common = { allowHalfOpen: true, ...(onRead !== undefined && { onread: onRead satisfies OnReadOpts }) };
  if (address.kind === 'unix') return connect({ ...common, path: address.path });
  const options: TcpNetConnectOpts = {
    ...common,
    host: address.host,
    port: address.port,
    noDelay: settings.noDelay,
    keepAlive: settings.keepAliveMs !== Infinity,
    ...(settings.keepAliveMs !== Infinity && { keepAliveInitialDelay: settings.keepAliveMs }),
    autoSelectFamily: true,
    // Node drops an attempt for good when it moves on to the next address; its 250 ms are too short for a far one.
    autoSelectFamilyAttemptTimeout: Math.min(Math.max(250, Math.floor(limitMs / 4)), 60_000),
    ...(isLoopbackName(address.host) && { lookup: loopbackLookup }),
  };
  return address.secure ? connectTls(address, options, request.servername) : connect(options);
}

function untilConnected(
  socket: Socket,
  address: EndpointAddress,
  cancellation: Cancellation | undefined,
  limitMs: number,
  clock: Clock,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const readyEvent = address.secure ? 'secureConnect' : 'connect';
    let phase: ConnectPhase = 'address';
    let forget = (): void => {};
    const onAttempt = (): void => void (phase = 'connection');
    const settle = (): void => {
      socket.off('connectionAttempt', onAttempt).off(readyEvent, onReady).off('error', onError).off('close', onClose);
      timer.cancel();
      forget();
    };
    const onReady = (): void => {
      settle();
      resolve(socket);
    };
    const giveUp = (reason: unknown): void => {
      settle();
      socket.destroy();
      reject(reason);
    };
    const onError = (error: unknown): void => giveUp(classifyConnectError(error, address, limitMs));
    const onClose = (): void => onError(new Error('the connection was closed'));
    const onTimeout = (): void => giveUp(connectTimeout(socket.connecting ? phase : 'handshake', address, limitMs));
    closeOnError(socket);
    socket.on('error', onError).on('close', onClose);
    socket.on('connectionAttempt', onAttempt).on(readyEvent, onReady);
    const timer = clock.setTimer(onTimeout, limitMs);
    if (cancellation !== undefined) forget = onCancel(cancellation, giveUp);
  });
}

type ConnectPhase = 'address' | 'connection' | 'handshake';

const missing: Readonly<Record<ConnectPhase, string>> = {
  address: 'no address found for',
  connection: 'no connection to',
  handshake: 'no TLS handshake with',
};

function connectTimeout(phase: ConnectPhase, address: EndpointAddress, limitMs: number): ProxyError {
  return l4Error('SLUICE_CONNECT_TIMEOUT', `${missing[phase]} ${address.href} within ${limitMs} ms`);
}
