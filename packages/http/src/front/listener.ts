// What the listeners of all fronts have in common: where they listen, what they are told, and how they come up.
import { resolveOptions, type Clock } from '@sluice/core';
import {
  readPreludes,
  readTlsContexts,
  type Prelude,
  type TlsContexts,
  type TlsContextsOptions,
  type TlsStats,
} from '@sluice/l4';
import type { AddressInfo, Server } from 'node:net';
import type { Entrance } from './entrance.ts';
import { readListenerLimits, type ListenerLimits, type ResolvedListenerLimits } from './listener-limits.ts';

/** Where to listen: a TCP port (0: any free one) with an optional host, or the path of a Unix socket. */
export interface ListenOptions {
  /** @defaultValue 0 */
  readonly port?: number;
  /** @defaultValue `'127.0.0.1'`: reachable from this machine only, until you say otherwise */
  readonly host?: string;
  /** Path of a Unix socket, instead of `port` and `host`. */
  readonly path?: string;
  /** Lets several processes or worker threads listen on one port, which the system spreads connections over. @defaultValue false */
  readonly reusePort?: boolean;
  /**
   * Serves TLS: certificates, keys and more, or what `createTlsContexts` has made of them, which several listeners can share.
   * @defaultValue plain TCP
   */
  readonly tls?: TlsContexts | TlsContextsOptions;
  /**
   * What happens between accept and TLS, in order: `acceptProxyProtocol` of l4, above all.
   * @defaultValue nothing
   */
  readonly preludes?: readonly Prelude[];
  /** What reads HTTP: our own engine (`wire`), or `node:http`. @defaultValue `'wire'` */
  readonly front?: 'wire' | 'node';
  /** What one client may cost. `node:http` knows `maxHeadBytes`, `maxConnections` and `maxRequestsPerConnection` only. */
  readonly limits?: ListenerLimits;
}

/** `ListenOptions`, complete and checked. */
export interface ResolvedListenOptions {
  readonly address: { readonly port: number; readonly host: string } | { readonly path: string };
  readonly reusePort: boolean;
  readonly tls: TlsContexts | undefined;
  /** Whether `tls` was made for this listener, and ends with it. */
  readonly ownsTls: boolean;
  /** What connections pass before their first request, TLS included. */
  readonly preludes: readonly Prelude[];
  readonly front: 'wire' | 'node';
  readonly limits: ResolvedListenerLimits;
}

/** Completes and checks the options. @throws OptionsError */
export function resolveListenOptions(options: number | ListenOptions = {}, clock?: Clock): ResolvedListenOptions {
  return resolveOptions(typeof options === 'number' ? { port: options } : options, 'listen', (reader) => {
    const path = reader.string('path');
    const port = reader.integer('port', { default: 0, min: 0, max: 65_535 });
    const host = reader.string('host', { default: '127.0.0.1' });
    if (path !== undefined && (reader.has('port') || reader.has('host')))
      reader.issue('path', 'stands for a Unix socket, which has no port and no host');
    const tls = readTlsContexts(reader, 'tls', { alpnProtocols: ['http/1.1'], ...(clock && { clock }) });
    return {
      address: path === undefined ? { port, host } : { path },
      reusePort: reader.boolean('reusePort', { default: false }),
      tls: tls?.contexts,
      ownsTls: tls?.isOwned === true,
      preludes: [...readPreludes(reader), ...(tls === undefined ? [] : [tls.contexts.terminate])],
      front: reader.choice('front', ['wire', 'node'], { default: 'wire' }),
      limits: reader.nested('limits', readListenerLimits),
    };
  });
}

/** What a listener has seen. */
export interface ListenerStats {
  /** Connections that are open now, whatever is spoken on them. */
  readonly connectionsOpen: number;
  /** Connections accepted since the start. */
  readonly connectionsAccepted: number;
  /** Connections closed as they came, because there were too many. */
  readonly connectionsRefused: number;
  /** Requests that were refused by their client's fault, and connections that were before their first request, by error code. */
  readonly requestsRefused: Readonly<Record<string, number>>;
  /** What has become of TLS handshakes; `undefined` without TLS. Shared contexts count those of all their listeners. */
  readonly tls: TlsStats | undefined;
}

/** A listener that is up. */
export interface Listening {
  /** Where it can be reached: `http://127.0.0.1:8080`, or `unix:/path`. */
  readonly url: string;
  /** The port, or 0 for a Unix socket. */
  readonly port: number;
  /** Stops listening and closes connections that wait for a request. Resolves when the last connection is closed. */
  close(): Promise<void>;
  /** Closes every connection that speaks HTTP, whatever it is doing. Tunnels end with their exchange. */
  closeAllConnections(): void;
  /** Counters at this moment. */
  stats(): ListenerStats;
}

/** How a server closes what it has accepted. */
export interface ServerConnections {
  closeIdle(): void;
  closeAll(): void;
  stats(): Omit<ListenerStats, 'tls'>;
}

/** Opens a server's listener. Rejects with node's error when the address can not be had. */
export async function openListener(
  server: Server,
  listen: ResolvedListenOptions,
  entrance: Entrance,
  connections: ServerConnections,
): Promise<Listening> {
  const { address, reusePort, tls, ownsTls } = listen;
  const release = (): void => (ownsTls ? tls?.close() : undefined);
  server.once('close', release);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      release();
      reject(error);
    };
    server.once('error', fail);
    server.listen('path' in address ? address : { ...address, reusePort }, () => {
      server.off('error', fail);
      // After it is up, an accept can still fail (out of descriptors): node goes on, and so do we.
      server.on('error', () => {});
      resolve();
    });
  });
  return listeningOn(server, listen, entrance, connections);
}

function listeningOn(
  server: Server,
  { tls }: ResolvedListenOptions,
  entrance: Entrance,
  connections: ServerConnections,
): Listening {
  const bound = server.address() as AddressInfo | string;
  const port = typeof bound === 'string' ? 0 : bound.port;
  let closed: Promise<void> | undefined;
  return {
    url: urlOf(bound, tls !== undefined),
    port,
    close() {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        connections.closeIdle();
      });
      return closed;
    },
    closeAllConnections() {
      entrance.closeAll();
      connections.closeAll();
    },
    stats: () => ({ ...connections.stats(), tls: tls?.stats() }),
  };
}

function urlOf(bound: AddressInfo | string, secure: boolean): string {
  if (typeof bound === 'string') return `unix:${bound}`;
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return `${secure ? 'https' : 'http'}://${host}:${bound.port}`;
}
