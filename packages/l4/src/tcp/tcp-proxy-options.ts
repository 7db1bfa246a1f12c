// Everything createTcpProxy can be told, its defaults, and the one place where both are read.
import {
  readClock,
  readPart,
  readUpstream,
  resolveOptions,
  systemRandom,
  type Clock,
  type OptionsReader,
  type Random,
  type Upstream,
  type UpstreamOptions,
} from '@sluice/core';
import { readAddressList } from '../address-list.ts';
import {
  covers,
  noNeeds,
  readFirstBytesOptions,
  type ClientHelloOptions,
  type FirstBytesSettings,
  type SniffOptions,
} from '../client-hello/first-bytes-options.ts';
import { createFirstBytesPrelude } from '../client-hello/first-bytes.ts';
import { needsOf } from '../client-hello/route-target.ts';
import type { DialerOptions } from '../dialer-options.ts';
import { createDialer, type Dialer } from '../dialer.ts';
import {
  readSendProxyProtocol,
  type ProxyHeaderWriter,
  type SendProxyProtocolOptions,
} from '../proxy-protocol/send-proxy-protocol.ts';
import { readTlsContexts } from '../tls/create-tls-contexts.ts';
import type { TlsContextsOptions } from '../tls/tls-contexts-options.ts';
import type { TlsContexts } from '../tls/tls-contexts.ts';
import type { AdmissionRules } from './admission.ts';
import type { ClientConnection } from './client-connection.ts';
import { readEndpointLoss, type EndpointLossOptions, type ResolvedEndpointLoss } from './endpoint-loss.ts';
import { readPreludes, type Prelude } from './prelude.ts';
import { readTcpLimits, type TcpLimits } from './tcp-limits.ts';

/** Where a connection goes; `undefined`: to the proxy's own upstream, or nowhere when there is none. */
export type TcpRoute = (connection: ClientConnection) => Upstream | undefined | Promise<Upstream | undefined>;

/** How long each phase of a connection may take, in milliseconds. `false` and `Infinity` switch a limit off. */
export interface TcpTimeouts {
  /** Name lookup, TCP and TLS handshake to one endpoint. @defaultValue 5000 */
  readonly connectMs?: number | false;
  /** From the accept until the client is joined with an endpoint: preludes, route, queue, all attempts to connect. @defaultValue 30000 */
  readonly establishMs?: number | false;
  /** No byte moves in either direction. @defaultValue 600000 */
  readonly idleMs?: number | false;
  /** A session, however busy it is. @defaultValue Infinity */
  readonly sessionMs?: number | false;
  /**
   * How long a side is silent before the system asks whether it is still there; one that is not loses its session. It is set once a session is as
   * old as that. @defaultValue 30000
   */
  readonly keepAliveMs?: number | false;
}

/** What `createTcpProxy` takes. One of `to`, `upstream` and `route` must be there. */
export interface TcpProxyOptions {
  /** Where connections go: an endpoint's address, a list of endpoints, or a source of them, balanced with the defaults. */
  readonly to?: string | UpstreamOptions['endpoints'];
  /** Where connections go: an upstream (which you close yourself), or the options to make one (which the proxy closes). */
  readonly upstream?: Upstream | UpstreamOptions;
  /** Where a connection goes, by what is known of it. May throw a `ProxyError` to refuse it. */
  readonly route?: TcpRoute;
  /** What hashing balancers hash. @defaultValue the client's address */
  readonly hashKey?: (connection: ClientConnection) => string | undefined;
  /** What happens between accept and route, in order: `acceptProxyProtocol(…)`, `tls.terminate`, steps of your own. @defaultValue nothing */
  readonly preludes?: readonly Prelude[];
  /**
   * Ends TLS behind the preludes: certificates, keys and more, or what `createTlsContexts` has made of them. What `clientHello` reads stands in
   * front of it, and what `sniff` tells is what TLS has hidden.
   *
   * @defaultValue TLS is passed through like everything else
   */
  readonly tls?: TlsContexts | TlsContextsOptions;
  /** Behind the preludes, tells the client's protocol by its first bytes: `connection.protocol`. @defaultValue when the route chooses by it */
  readonly sniff?: boolean | SniffOptions;
  /**
   * Behind the preludes, reads a TLS client's first message: `connection.clientHello`. Without `sniff`, clients that send none are refused.
   *
   * @defaultValue when the route chooses by it
   */
  readonly clientHello?: boolean | ClientHelloOptions;
  /** The only networks that may connect, such as `10.0.0.0/8`. They are the connections' own: a PROXY header does not count. @defaultValue all */
  readonly allow?: readonly string[];
  /** Networks that may not connect, nor be the client that a trusted proxy speaks for. Goes before `allow`. @defaultValue none */
  readonly deny?: readonly string[];
  /** What clients may cost. */
  readonly limits?: TcpLimits;
  /** How long each phase may take. */
  readonly timeouts?: TcpTimeouts;
  /** The most endpoints that are tried for one client. Each is tried once. @defaultValue Infinity: all, within `establishMs` */
  readonly maxAttempts?: number;
  /** How endpoints are connected: TLS, addresses that are never dialled. */
  readonly dialer?: Omit<DialerOptions, 'connectTimeoutMs' | 'keepAliveMs' | 'clock'>;
  /**
   * Puts a PROXY header in front of what endpoints get: `1` or `2`, the version, or options. Endpoints must expect it. Goes before TLS.
   * @defaultValue false
   */
  readonly sendProxyProtocol?: false | 1 | 2 | SendProxyProtocolOptions;
  /** What becomes of the sessions of an endpoint that is taken out of rotation. @defaultValue they go on */
  readonly endpointLoss?: EndpointLossOptions;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue the system's */
  readonly random?: Random;
}

/** `TcpTimeouts`, complete. `Infinity` is no limit. */
export type ResolvedTcpTimeouts = { readonly [Key in keyof TcpTimeouts]-?: number };

/** `TcpProxyOptions`, complete and checked. */
export interface ResolvedTcpProxyOptions {
  readonly upstream: Upstream | undefined;
  readonly ownsUpstream: boolean;
  readonly route: TcpRoute | undefined;
  readonly hashKey: (connection: ClientConnection) => string | undefined;
  readonly preludes: readonly Prelude[];
  /** What ends with the proxy. */
  readonly ownedTls: TlsContexts | undefined;
  readonly admission: AdmissionRules;
  readonly timeouts: ResolvedTcpTimeouts;
  readonly maxAttempts: number;
  readonly dialer: Dialer;
  readonly writeProxyHeader: ProxyHeaderWriter | undefined;
  readonly endpointLoss: ResolvedEndpointLoss;
  readonly clock: Clock;
}

/** The defaults of `TcpTimeouts`, in milliseconds. The idle timeout is that of nginx's `proxy_timeout`. */
export const tcpTimeoutDefaults: ResolvedTcpTimeouts = Object.freeze({
  connectMs: 5_000,
  establishMs: 30_000,
  idleMs: 600_000,
  sessionMs: Infinity,
  keepAliveMs: 30_000,
});

/** Completes and checks the options. @throws OptionsError with everything that is wrong in one message */
export function resolveTcpProxyOptions(options: TcpProxyOptions): ResolvedTcpProxyOptions {
  return resolveOptions(options, 'tcpProxy', (reader) => {
    const clock = readClock(reader);
    const random = (reader.raw('random') as Random | undefined) ?? systemRandom;
    const timeouts = reader.nested('timeouts', readTimeouts);
    const own = readUpstream(reader, { clock, random });
    const route = reader.function<TcpRoute>('route');
    const tls = readTlsContexts(reader, 'tls', { clock });
    if (!reader.has('to') && !reader.has('upstream') && route === undefined)
      reader.issue('to', 'must be given, or upstream or route instead');
    return {
      upstream: own?.upstream,
      ownsUpstream: own?.ownsUpstream ?? false,
      route,
      hashKey: reader.function<NonNullable<TcpProxyOptions['hashKey']>>('hashKey') ?? clientAddress,
      preludes: readAllPreludes(reader, route, tls?.contexts, clock),
      ownedTls: tls?.isOwned === true ? tls.contexts : undefined,
      admission: readAdmission(reader),
      timeouts,
      maxAttempts: reader.integer('maxAttempts', { default: Infinity, min: 1 }),
      dialer: readDialer(reader, timeouts.connectMs, clock),
      writeProxyHeader: readSendProxyProtocol(reader, 'sendProxyProtocol', 'stream'),
      endpointLoss: reader.nested('endpointLoss', (loss) => readEndpointLoss(loss)),
      clock,
    };
  });
}

function clientAddress(connection: ClientConnection): string {
  return connection.remoteAddress;
}

function readTimeouts(reader: OptionsReader): ResolvedTcpTimeouts {
  const read = (key: keyof TcpTimeouts): number =>
    reader.milliseconds(key, { default: tcpTimeoutDefaults[key], min: 1 });
  return Object.freeze({
    connectMs: read('connectMs'),
    establishMs: read('establishMs'),
    idleMs: read('idleMs'),
    sessionMs: read('sessionMs'),
    keepAliveMs: reader.milliseconds('keepAliveMs', { default: tcpTimeoutDefaults.keepAliveMs, min: 1000 }),
  });
}

function readAllPreludes(
  reader: OptionsReader,
  route: TcpRoute | undefined,
  tls: TlsContexts | undefined,
  clock: Clock,
): readonly Prelude[] {
  const preludes = readPreludes(reader);
  const needs = needsOf(route);
  const isNoted = preludes.some(({ notes }) => notes !== undefined && covers(notes, needs));
  const { sniff, clientHello } = readFirstBytesOptions(reader, isNoted ? noNeeds : needs);
  const inspect = (settings: FirstBytesSettings): readonly Prelude[] => {
    const prelude = createFirstBytesPrelude(settings, clock);
    return prelude === undefined ? [] : [prelude];
  };
  if (tls === undefined) return [...preludes, ...inspect({ sniff, clientHello })];
  return [
    ...preludes,
    ...inspect({ sniff: undefined, clientHello }),
    tls.terminate,
    ...inspect({ sniff, clientHello: undefined }),
  ];
}

function readAdmission(reader: OptionsReader): AdmissionRules {
  return {
    allow: reader.has('allow') ? readAddressList(reader, 'allow') : undefined,
    deny: reader.has('deny') ? readAddressList(reader, 'deny') : undefined,
    limits: reader.nested('limits', readTcpLimits),
  };
}

function readDialer(reader: OptionsReader, connectTimeoutMs: number, clock: Clock): Dialer {
  const options = reader.raw('dialer') as TcpProxyOptions['dialer'];
  const made = readPart(reader, 'dialer', () =>
    createDialer({ ...options, connectTimeoutMs, keepAliveMs: false, clock }),
  );
  return made ?? (undefined as never);
}
