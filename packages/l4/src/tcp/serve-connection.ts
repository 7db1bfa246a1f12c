// The life of a TCP connection:
//
//  1  admit      address lists, limits, the rate: before anything is read
//  2  preludes   PROXY header, TLS, a look at the first bytes -> what is known of the connection
//  3  route      what is known -> upstream
//  4  acquire    balancer.pick -> Lease
//  5  dial       connect the endpoint, PROXY header first; back to 4 for another one when it can not be connected
//  6  splice     bytes and ends both ways, until both sides have ended
//  7  release    the lease ends with the session, so that sessions are the endpoint's load
//
// Until 6 the client's bytes wait in its socket, which stops reading when its buffer is full. A client that leaves cancels 2 to 5 at once.
import {
  isProxyError,
  onCancel,
  outcomeCancelled,
  outcomeOk,
  type Cancellation,
  type Endpoint,
  type Lease,
  type ProxyError,
  type Upstream,
} from '@sluice/core';
import type { Socket } from 'node:net';
import { l4Error } from '../errors.ts';
import { SocketReads } from '../socket-reads.ts';
import type { ReadMemory } from '../read-memory.ts';
import type { SpliceResult } from '../splice-pair.ts';
import type { TcpConnection } from './tcp-connection.ts';
import type { ResolvedTcpProxyOptions } from './tcp-proxy-options.ts';

/** What serving a connection needs of its proxy. */
export interface TcpProxyHome {
  readonly options: ResolvedTcpProxyOptions;
  readonly memory: ReadMemory;
  /** Lets a connection in; one that is not is closed and counted. */
  readonly admit: (socket: Socket) => TcpConnection | undefined;
  /** Counts an admitted connection as that client's whom it has turned out to be. @throws ProxyError when that must not be */
  readonly identify: (client: TcpConnection) => void;
  readonly onConnectFailed: (client: TcpConnection, endpoint: Endpoint, error: ProxyError) => void;
  readonly onJoined: (client: TcpConnection, endpoint: Endpoint, upstream: Upstream) => void;
  readonly onParted: (client: TcpConnection, endpoint: Endpoint, upstream: Upstream, result: SpliceResult) => void;
  /** Closes a connection that was not joined. */
  readonly refuse: (client: TcpConnection, error: ProxyError) => void;
  readonly leave: (client: TcpConnection) => void;
}

/** Serves a client's connection to its end. Never rejects. */
export async function serveConnection(accepted: Socket, home: TcpProxyHome): Promise<void> {
  // 1. Nothing has been read yet.
  const client = home.admit(accepted);
  if (client === undefined) return;
  try {
    // 2. Each prelude reads what the one before it has left; first bytes come last.
    for (const prelude of home.options.preludes)
      client.socket = await orCancelled(prelude(client.socket, client.facts, client.scope), client.scope);
    home.identify(client);
    // 3. Where to.
    const upstream = await findUpstream(client, home.options);
    // 4. and 5. An endpoint that can be connected.
    const { lease, socket, reads } = await connectEndpoint(client, upstream, home);
    // 6. From here on, ends and errors are the session's result.
    const parted = client.join(lease.endpoint, socket, reads);
    home.onJoined(client, lease.endpoint, upstream);
    const result = await parted;
    // 7. The endpoint is free of it.
    lease.release(result.ended === 'both-ended' || result.ended === 'idle-timeout' ? outcomeOk : outcomeCancelled);
    home.onParted(client, lease.endpoint, upstream, result);
  } catch (error) {
    home.refuse(client, isProxyError(error) ? error : routeFailed(error));
  } finally {
    home.leave(client);
  }
}

async function findUpstream(client: TcpConnection, options: ResolvedTcpProxyOptions): Promise<Upstream> {
  const { route, upstream } = options;
  const chosen = route === undefined ? undefined : await orCancelled(route(client.facts), client.scope);
  const found = chosen ?? upstream;
  if (found === undefined) throw l4Error('SLUICE_NO_ROUTE', 'the route knows no upstream for the connection');
  return found;
}

interface Connected {
  readonly lease: Lease;
  readonly socket: Socket;
  readonly reads: SocketReads;
}

/** Nothing of the client's is sent before an endpoint is connected, so each failure may be followed by another attempt. */
async function connectEndpoint(client: TcpConnection, upstream: Upstream, home: TcpProxyHome): Promise<Connected> {
  const { dialer, maxAttempts, writeProxyHeader } = home.options;
  const firstBytes = writeProxyHeader?.(client.facts);
  // Made when there is one: most clients need no second endpoint.
  let failures: Map<string, ProxyError> | undefined;
  for (;;) {
    // 4. An endpoint that has not failed this client.
    const lease = await acquire(client, upstream, failures, home.options);
    try {
      // 5. One attempt.
      const reads = new SocketReads(home.memory);
      const startedMs = lease.wantsLatency ? home.options.clock.now() : undefined;
      const { endpoint } = lease;
      const target = { address: endpoint.address, endpoint, connection: client.facts };
      const socket = await dialer.dial({ ...target, cancellation: client.scope, onRead: reads, firstBytes });
      // That is all that the endpoint's health need hear of a session, however long that is.
      lease.succeed(startedMs === undefined ? undefined : home.options.clock.now() - startedMs);
      if (!client.scope.aborted) return { lease, socket, reads };
      socket.destroy();
      throw client.scope.reason;
    } catch (error) {
      const failure = failAttempt(client, lease, error, home);
      failures ??= new Map();
      failures.set(lease.endpoint.id, failure);
      if (failure.retry !== 'safe' || failures.size >= maxAttempts) throw failure;
    }
  }
}

/** Leases an endpoint. When every one that is left has failed this client, the last failure says more than "none". */
async function acquire(
  client: TcpConnection,
  upstream: Upstream,
  failures: ReadonlyMap<string, ProxyError> | undefined,
  { hashKey }: ResolvedTcpProxyOptions,
): Promise<Lease> {
  const key = hashKey(client.facts);
  if (failures === undefined) return upstream.acquire({ key }, client.scope);
  try {
    return await upstream.acquire({ key, accept: ({ id }) => !failures.has(id) }, client.scope);
  } catch (error) {
    if (isProxyError(error) && error.code === 'SLUICE_NO_ENDPOINT') throw [...failures.values()].at(-1) as ProxyError;
    throw error;
  }
}

function failAttempt(client: TcpConnection, lease: Lease, error: unknown, home: TcpProxyHome): ProxyError {
  const failure = isProxyError(error) ? error : routeFailed(error);
  // A client that left says nothing about the endpoint.
  lease.release(failure.source === 'upstream' ? { result: 'failed', error: failure } : outcomeCancelled);
  if (failure.stage === 'connect') home.onConnectFailed(client, lease.endpoint, failure);
  return failure;
}

/** A function of the user's may wait for something that never comes. */
function orCancelled<Value>(value: Value | Promise<Value>, scope: Cancellation): Value | Promise<Value> {
  if (!(value instanceof Promise)) return value;
  return new Promise((resolve, reject) => {
    const forget = onCancel(scope, reject);
    value.then(resolve, reject).finally(forget);
  });
}

function routeFailed(cause: unknown): ProxyError {
  return l4Error('SLUICE_ROUTE_FAILED', 'a prelude, a route, a hash key or a PROXY header threw', { cause });
}
