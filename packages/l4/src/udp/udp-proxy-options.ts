// Everything createUdpProxy can be told, its defaults, and the one place where both are read.
import {
  readClock,
  readUpstream,
  resolveOptions,
  systemRandom,
  type Clock,
  type OptionsReader,
  type Random,
  type Upstream,
  type UpstreamOptions,
} from '@sluice/core';
import { readAddressList, type AddressList } from '../address-list.ts';
import {
  createProxyHeaderWriter,
  sendDefaults,
  type ProxyHeaderWriter,
} from '../proxy-protocol/send-proxy-protocol.ts';
import { readEndpointLoss, type EndpointLossOptions, type ResolvedEndpointLoss } from '../tcp/endpoint-loss.ts';
import type { UdpClient } from './udp-client.ts';
import { readUdpLimits, type ResolvedUdpLimits, type UdpLimits } from './udp-limits.ts';

/** Where a client's session goes, by its first datagram; `undefined`: to the proxy's own upstream, or nowhere when there is none. */
export type UdpRoute = (client: UdpClient, datagram: Buffer) => Upstream | undefined | Promise<Upstream | undefined>;

/** What hashing balancers hash for a client's session. */
export type UdpHashKey = (client: UdpClient, datagram: Buffer) => string | undefined;

/** Times of a session, in milliseconds. `false` and `Infinity` switch a limit off. They are kept coarsely, and never cut short. */
export interface UdpTimeouts {
  /** No datagram moves in either direction. Also how long requests wait for an endpoint. @defaultValue 60000 */
  readonly idleMs?: number | false;
  /**
   * The first reply to a session. When none comes, and none has come from that endpoint to anybody meanwhile, the endpoint has failed. Only for
   * protocols in which every request is answered: else clients could make healthy endpoints fail by what they send. @defaultValue false
   */
  readonly replyMs?: number | false;
}

/** What `createUdpProxy` takes. One of `to`, `upstream` and `route` must be there. */
export interface UdpProxyOptions {
  /** Where sessions go: an endpoint's address such as `10.0.0.7:53`, a list of endpoints, or a source of them, balanced with the defaults. */
  readonly to?: string | UpstreamOptions['endpoints'];
  /** Where sessions go: an upstream (which you close yourself), or the options to make one (which the proxy closes). */
  readonly upstream?: Upstream | UpstreamOptions;
  /** Where a session goes, by its client and first datagram. May throw a `ProxyError` to refuse it. */
  readonly route?: UdpRoute;
  /** What hashing balancers hash. @defaultValue the client's address */
  readonly hashKey?: UdpHashKey;
  /** The only networks whose datagrams are taken, such as `10.0.0.0/8`. @defaultValue all */
  readonly allow?: readonly string[];
  /** Networks whose datagrams are dropped. Goes before `allow`. @defaultValue none */
  readonly deny?: readonly string[];
  /**
   * How many replies answer a request. A session that has had them all is over at once and keeps no socket: 1 for DNS. Without a number, sessions
   * end when they are idle. @defaultValue Infinity: unknown
   */
  readonly repliesPerRequest?: number;
  /** How many requests a session takes; the next one begins another session. With 1, each datagram is balanced by itself. @defaultValue Infinity */
  readonly requestsPerSession?: number;
  /** The most endpoints that a request is sent to, when one after the other says that nobody is there. @defaultValue 3 */
  readonly maxAttempts?: number;
  /**
   * Tells endpoints the client's address in a PROXY header of version 2: in front of each request, as DNS servers expect it, or of the first of a
   * session only. Whoever does not expect it takes it for the beginning of the client's data. @defaultValue false
   */
  readonly sendProxyProtocol?: 'each' | 'first' | false;
  /** What clients may cost, and what endpoints may send them. */
  readonly limits?: UdpLimits;
  /** Times of a session. */
  readonly timeouts?: UdpTimeouts;
  /**
   * What becomes of the sessions of an endpoint that is taken out of rotation. The next request of a client whose session was cut goes to another
   * endpoint. @defaultValue all are cut: nothing else would tell the client to turn elsewhere
   */
  readonly endpointLoss?: EndpointLossOptions;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /** @defaultValue the system's */
  readonly random?: Random;
}

/** `UdpTimeouts`, complete. `Infinity` is no limit. */
export type ResolvedUdpTimeouts = { readonly [Key in keyof UdpTimeouts]-?: number };

/** `UdpProxyOptions`, complete and checked. */
export interface ResolvedUdpProxyOptions {
  readonly upstream: Upstream | undefined;
  readonly ownsUpstream: boolean;
  readonly route: UdpRoute | undefined;
  readonly hashKey: UdpHashKey | undefined;
  readonly allow: AddressList | undefined;
  readonly deny: AddressList | undefined;
  readonly repliesPerRequest: number;
  readonly requestsPerSession: number;
  readonly maxAttempts: number;
  /** Makes the header of a client, if there is one. */
  readonly formatHeader: ProxyHeaderWriter | undefined;
  readonly headerOnEach: boolean;
  readonly limits: ResolvedUdpLimits;
  readonly timeouts: ResolvedUdpTimeouts;
  readonly endpointLoss: ResolvedEndpointLoss;
  readonly clock: Clock;
}

/** The defaults of `UdpTimeouts`, in milliseconds. */
export const udpTimeoutDefaults: ResolvedUdpTimeouts = Object.freeze({ idleMs: 60_000, replyMs: Infinity });

/** Completes and checks the options. @throws OptionsError with everything that is wrong in one message */
export function resolveUdpProxyOptions(options: UdpProxyOptions): ResolvedUdpProxyOptions {
  return resolveOptions(options, 'udpProxy', (reader) => {
    const clock = readClock(reader);
    const random = reader.function<Random>('random') ?? systemRandom;
    const own = readUpstream(reader, { clock, random });
    const route = reader.function<UdpRoute>('route');
    if (!reader.has('to') && !reader.has('upstream') && route === undefined)
      reader.issue('to', 'must be given, or upstream or route instead');
    return {
      upstream: own?.upstream,
      ownsUpstream: own?.ownsUpstream ?? false,
      route,
      hashKey: reader.function<UdpHashKey>('hashKey'),
      allow: reader.has('allow') ? readAddressList(reader, 'allow') : undefined,
      deny: reader.has('deny') ? readAddressList(reader, 'deny') : undefined,
      repliesPerRequest: reader.integer('repliesPerRequest', { default: Infinity, min: 1 }),
      requestsPerSession: reader.integer('requestsPerSession', { default: Infinity, min: 1 }),
      maxAttempts: reader.integer('maxAttempts', { default: 3, min: 1, infinity: true }),
      ...readHeader(reader),
      limits: reader.nested('limits', readUdpLimits),
      timeouts: reader.nested('timeouts', readTimeouts),
      endpointLoss: reader.nested('endpointLoss', (loss) => readEndpointLoss(loss, 'cut')),
      clock,
    };
  });
}

function readHeader(reader: OptionsReader): Pick<ResolvedUdpProxyOptions, 'formatHeader' | 'headerOnEach'> {
  const isOff = (reader.raw('sendProxyProtocol') ?? false) === false;
  const where = isOff ? undefined : reader.choice('sendProxyProtocol', ['each', 'first']);
  const settings = { ...sendDefaults, values: undefined };
  return {
    formatHeader: where === undefined ? undefined : createProxyHeaderWriter(settings, 'datagram'),
    headerOnEach: where === 'each',
  };
}

function readTimeouts(reader: OptionsReader): ResolvedUdpTimeouts {
  const read = (key: keyof UdpTimeouts): number =>
    reader.milliseconds(key, { default: udpTimeoutDefaults[key], min: 1 });
  return Object.freeze({ idleMs: read('idleMs'), replyMs: read('replyMs') });
}
