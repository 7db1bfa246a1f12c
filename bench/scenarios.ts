// What is measured: the workloads of the performance page, each a path of the origin and a way to ask for it.

/** What a proxy is for: requests (7), connections (4) or datagrams. */
export type Layer = 7 | 4 | 'udp';

/** One workload. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Who takes part. */
  readonly layer: Layer;
  readonly path: string;
  /** Connections of the load generator, or ports that it sends datagrams from. */
  readonly connections: number;
  /** For requests, the proxy ends TLS; for connections, it lets TLS through and chooses by server name. */
  readonly tls: boolean;
  /** Every request on a connection of its own; every datagram in a session of its own. */
  readonly fresh: boolean;
  /** Bytes of the request's body; 0 is a GET. */
  readonly bodyBytes: number;
  /** Bytes of the response's body. */
  readonly responseBytes: number;
  /** Requests per second that are sent whatever comes back, or a third of what the first peer can do, if that is less; as many as possible when `undefined`. */
  readonly rate?: number | undefined;
}

const small = {
  layer: 7,
  path: '/small',
  connections: 64,
  tls: false,
  fresh: false,
  bodyBytes: 0,
  responseBytes: 200,
} as const;

/** What nearly every other one is a variation of. */
export const smallGet: Scenario = { ...small, name: 'W1', title: 'small GET, keep-alive' };

/** All of them, by name. */
export const scenarios: readonly Scenario[] = [
  smallGet,
  { ...small, name: 'W2', title: '64 KiB GET', path: '/64k', responseBytes: 64 * 1024 },
  { ...small, name: 'W3', title: '10 MB download', path: '/10m', connections: 8, responseBytes: 10_000_000 },
  { ...small, name: 'W4', title: 'POST 16 KiB', bodyBytes: 16 * 1024 },
  { ...small, name: 'W5', title: 'open loop: requests leave at their time', rate: 8_000 },
  { ...small, name: 'W6', title: 'a new connection for each request', fresh: true },
  { ...small, name: 'T1', title: 'small GET under TLS', tls: true },
  { ...small, name: 'T2', title: 'a new TLS connection for each request', tls: true, fresh: true },
  { ...small, name: 'L1', title: 'TCP ping-pong: a request, an answer', layer: 4 },
  { ...small, name: 'L2', title: 'TCP bulk', layer: 4, path: '/10m', connections: 8, responseBytes: 10_000_000 },
  { ...small, name: 'L3', title: 'a new TCP connection for each request', layer: 4, fresh: true },
  {
    ...small,
    name: 'L4',
    title: 'a new TLS connection for each request, led by name',
    layer: 4,
    fresh: true,
    tls: true,
  },
  { ...small, name: 'U1', title: 'UDP echo in long sessions', layer: 'udp' },
  { ...small, name: 'U2', title: 'UDP, a session for each datagram, as for DNS', layer: 'udp', fresh: true },
];
