// Opens connections to endpoints: TCP, TLS or Unix. How long that may take, and how it fails, is until-connected.ts.
import type { Cancellation, Endpoint, EndpointAddress } from '@sluice/core';
import { connect, type NetConnectOpts, type OnReadOpts, type Socket, type TcpNetConnectOpts } from 'node:net';
import { resolveDialerOptions, type DialerOptions, type ResolvedDialerOptions } from './dialer-options.ts';
import { feedReads } from './feed-reads.ts';
import type { ClientConnection } from './tcp/client-connection.ts';
import { TlsConnector } from './tls/tls-connector.ts';
import { untilConnected, type ConnectWait } from './until-connected.ts';

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
  /** Whose address it is; the dialer's TLS options may choose by it. */
  readonly endpoint?: Endpoint | undefined;
  /** Whose connection it is for; the same. */
  readonly connection?: ClientConnection | undefined;
  /** Gives up, in any phase. */
  readonly cancellation?: Cancellation | undefined;
  /** Instead of the name in the dialer's TLS options. */
  readonly servername?: string | undefined;
  /** Reads without stream events. Such a socket emits no `'data'`. */
  readonly onRead?: OnRead | undefined;
  /** Instead of the dialer's limit. */
  readonly connectTimeoutMs?: number | undefined;
  /** Bytes that go first, in front of TLS if there is any: a PROXY header. */
  readonly firstBytes?: Uint8Array | undefined;
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
   * Rejects with `SLUICE_ADDRESS_DENIED`, `SLUICE_CONNECT_REFUSED`, `SLUICE_CONNECT_FAILED`, `SLUICE_CONNECT_TIMEOUT`, `SLUICE_TLS_FAILED`, or the reason of the
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
  const tls = new TlsConnector(settings.tls);
  return {
    async dial(request) {
      const { address, cancellation, connectTimeoutMs: limitMs = settings.connectTimeoutMs, firstBytes } = request;
      if (cancellation?.aborted === true) throw cancellation.reason;
      const wait = { address, cancellation, limitMs, restMs: limitMs, clock: settings.clock };
      const tcpOptions = socketOptions(request, limitMs, settings);
      if (!address.secure) {
        const socket = await untilConnected(() => connect(tcpOptions), 'connect', wait);
        if (firstBytes !== undefined) socket.write(firstBytes);
        return socket;
      }
      const { endpoint, connection } = request;
      const choice = tls.choose({ address, endpoint, connection }, request.servername);
      if (firstBytes !== undefined) {
        const connectOver = (plain: Socket): Socket => tls.connect(address, { socket: plain }, choice);
        return dialTlsBehind(firstBytes, tcpOptions, connectOver, wait);
      }
      const open = (): Socket => tls.connect(address, tcpOptions as TcpNetConnectOpts, choice);
      return untilConnected(open, 'secureConnect', wait);
    },
  };
}

function socketOptions(
  { address, onRead }: DialRequest,
  limitMs: number,
  settings: ResolvedDialerOptions,
): NetConnectOpts {
  const lookup = settings.guard.lookupFor(address);
  const common = { allowHalfOpen: true, ...(onRead !== undefined && { onread: onRead satisfies OnReadOpts }) };
  if (address.kind === 'unix') return { ...common, path: address.path };
  return {
    ...common,
    host: address.host,
    port: address.port,
    noDelay: settings.noDelay,
    keepAlive: settings.keepAliveMs !== Infinity,
    ...(settings.keepAliveMs !== Infinity && { keepAliveInitialDelay: settings.keepAliveMs }),
    autoSelectFamily: true,
    // Node drops an attempt for good when it moves on to the next address; its 250 ms are too short for a far one.
    autoSelectFamilyAttemptTimeout: Math.min(Math.max(250, Math.floor(limitMs / 4)), 60_000),
    ...(lookup !== undefined && { lookup }),
  };
}

/** TLS behind bytes of ours needs a connection that was there before it, and for such a one node reads into nobody's memory. */
async function dialTlsBehind(
  firstBytes: Uint8Array,
  { onread, ...options }: NetConnectOpts,
  connectOver: (plain: Socket) => Socket,
  wait: ConnectWait,
): Promise<Socket> {
  const startMs = wait.clock.now();
  const plain = await untilConnected(() => connect(options), 'connect', wait);
  plain.write(firstBytes);
  // From here on the TLS socket is in charge: destroying both crashes the process (docs/notes/sockets.md).
  plain.removeAllListeners('error').on('error', () => {});
  const restMs = Math.max(1, wait.limitMs - (wait.clock.now() - startMs));
  const socket = await untilConnected(() => connectOver(plain), 'secureConnect', { ...wait, restMs });
  if (onread !== undefined) feedReads(socket, onread);
  return socket;
}
