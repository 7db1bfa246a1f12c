// Opens connections to endpoints: TCP, TLS on it, or a Unix socket. One limit covers name lookup, connection and handshake.
import {
  onCancel,
  parseEndpointAddress,
  resolveOptions,
  systemClock,
  type Cancellation,
  type Clock,
  type EndpointAddress,
  type ProxyError,
} from '@sluice/core';
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { classifyConnectError } from './classify-connect-error.ts';
import { l4Error } from './errors.ts';
import { SessionCache } from './tls/session-cache.ts';
import { readUpstreamTls, type ResolvedUpstreamTls, type UpstreamTlsOptions } from './tls/upstream-tls.ts';

/** How connections are opened. */
export interface DialerOptions {
  /** Name lookup, connection and TLS handshake together, in milliseconds; `false` leaves it to the kernel. @defaultValue 5000 */
  readonly connectTimeoutMs?: number | false;
  /** After how much silence the kernel asks whether the other side is still there (TCP keep-alive), in milliseconds. @defaultValue 30000 */
  readonly keepAliveMs?: number | false;
  /** For `https://` endpoints. @defaultValue verified against Node's bundled authorities */
  readonly tls?: UpstreamTlsOptions;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** One connection to open. */
export interface DialRequest {
  readonly address: EndpointAddress;
  /** Gives up at once when it is cancelled; the dial rejects with the cancellation's reason. */
  readonly cancellation?: Cancellation | undefined;
  /** Instead of the dialer's limit. */
  readonly connectTimeoutMs?: number | undefined;
  /** Instead of the name from the options or the address. */
  readonly servername?: string | undefined;
  /** Reads into a buffer of yours instead of making `data` events; see `onread` of `net.connect`. */
  readonly onRead?: OnReadOpts | undefined;
}

/** Opens connections, all in the same way. */
export interface Dialer {
  /**
   * Opens one connection. It keeps half of itself open when the other side ends, and has an `error` listener from its first moment to its last.
   *
   * @throws ProxyError `SLUICE_CONNECT_REFUSED`, `SLUICE_CONNECT_FAILED`, `SLUICE_CONNECT_TIMEOUT`, `SLUICE_TLS_FAILED`.
   */
  dial(request: DialRequest): Promise<Socket>;
}

interface ResolvedDialerOptions {
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly tls: ResolvedUpstreamTls;
  readonly clock: Clock;
}

/** Makes a dialer. @throws OptionsError with everything that is wrong in one message */
export function createDialer(options: DialerOptions = {}): Dialer {
  const resolved = resolveOptions(options, 'dialer', (reader) => ({
    connectTimeoutMs: reader.milliseconds('connectTimeoutMs', { default: 5_000 }),
    keepAliveMs: reader.milliseconds('keepAliveMs', { default: 30_000 }),
    tls: reader.nested('tls', readUpstreamTls),
    clock: (reader.raw('clock') as Clock | undefined) ?? systemClock,
  }));
  const sessions = new SessionCache();
  return { dial: (request) => dialOnce(request, resolved, sessions) };
}

/** Opens a single connection. Whoever opens several makes a dialer, which keeps TLS sessions. @throws ProxyError as `Dialer.dial` does */
export async function dial(
  address: string | EndpointAddress,
  options: DialerOptions & Omit<DialRequest, 'address'> = {},
): Promise<Socket> {
  const { cancellation, servername, onRead, ...dialerOptions } = options;
  const parsed = typeof address === 'string' ? parseEndpointAddress(address) : address;
  return createDialer(dialerOptions).dial({ address: parsed, cancellation, servername, onRead });
}

function dialOnce(request: DialRequest, options: ResolvedDialerOptions, sessions: SessionCache): Promise<Socket> {
  const { address, cancellation } = request;
  return new Promise((resolve, reject) => {
    if (cancellation?.aborted === true) {
      reject(cancellation.reason as Error);
      return;
    }
    const socket = open(request, options, sessions);
    const limitMs = request.connectTimeoutMs ?? options.connectTimeoutMs;
    const fail = (reason: unknown): void => {
      settle();
      socket.destroy();
      reject(reason as Error);
    };
    const timer = options.clock.setTimer(() => fail(overdue(address, limitMs)), limitMs);
    const stopListening = cancellation === undefined ? undefined : onCancel(cancellation, fail);
    const onError = (error: unknown): void =>
      fail(classifyConnectError(error, address, address.secure && !socket.connecting));
    const onClose = (): void => fail(classifyConnectError(new Error('the connection closed'), address, address.secure));
    const ready = address.secure ? 'secureConnect' : 'connect';
    const onReady = (): void => {
      settle();
      resolve(socket);
    };
    const settle = (): void => {
      timer.cancel();
      stopListening?.();
      socket.off('error', onError).off('close', onClose).off(ready, onReady);
    };
    socket.on('error', onError).on('close', onClose).on(ready, onReady);
  });
}

function open(request: DialRequest, options: ResolvedDialerOptions, sessions: SessionCache): Socket {
  const { address, onRead } = request;
  const common = { allowHalfOpen: true, ...(onRead === undefined ? {} : { onread: onRead }) };
  const tcp = {
    ...common,
    noDelay: true,
    keepAlive: options.keepAliveMs !== Infinity,
    keepAliveInitialDelay: options.keepAliveMs === Infinity ? 0 : options.keepAliveMs,
    // A name such as localhost may have an address of each family with a listener on only one: try them all (RFC 8305).
    autoSelectFamily: true,
  };
  if (address.kind === 'unix') return listened(connect({ ...common, path: address.path }));
  const target = { ...tcp, host: address.host, port: address.port };
  return listened(address.secure ? openTls(target, request, options, sessions) : connect(target));
}

function openTls(
  target: ConnectionOptions & { readonly host: string; readonly port: number },
  request: DialRequest,
  { tls, keepAliveMs }: ResolvedDialerOptions,
  sessions: SessionCache,
): TLSSocket {
  // SNI is for names only (RFC 6066 section 3); the certificate of an IP address is verified against that address.
  const servername = request.servername ?? tls.servername ?? (isIP(target.host) === 0 ? target.host : '');
  const key = `${target.host}:${target.port}:${servername}`;
  const session = sessions.get(key);
  const socket = connectTls({
    ...target,
    servername,
    rejectUnauthorized: tls.verifyTls,
    secureContext: tls.secureContext,
    ...(tls.alpnProtocols.length > 0 ? { ALPNProtocols: [...tls.alpnProtocols] } : {}),
    ...(session === undefined ? {} : { session }),
  });
  socket.on('session', (latest: Buffer) => sessions.set(key, latest));
  // tls.connect ignores these two options.
  socket.setNoDelay(true);
  if (keepAliveMs !== Infinity) socket.setKeepAlive(true, keepAliveMs);
  return socket;
}

/** For its whole life: an error on a socket that nobody happens to listen to would end the process. */
function listened<S extends Socket>(socket: S): S {
  return socket.on('error', () => {});
}

function overdue(address: EndpointAddress, limitMs: number): ProxyError {
  return l4Error('SLUICE_CONNECT_TIMEOUT', `no connection to ${address.href} within ${limitMs} ms`);
}
