// Where a listener of streams listens, and how its server comes up there.
import type { OptionsReader } from '@sluice/core';
import type { AddressInfo, Server } from 'node:net';

/** Where to listen: a TCP port (0: any free one) with an optional host, the path of a Unix socket, or an open descriptor. */
export interface ListenAddressOptions {
  /** @defaultValue 0 */
  readonly port?: number;
  /** @defaultValue `'127.0.0.1'`: reachable from this machine only, until you say otherwise */
  readonly host?: string;
  /** Path of a Unix socket, instead of `port` and `host`. */
  readonly path?: string;
  /** A descriptor that listens already, such as one of systemd's, instead of all of these. */
  readonly fd?: number;
  /** Lets several processes or worker threads listen on one port, which the system spreads connections over. @defaultValue false */
  readonly reusePort?: boolean;
  /** How many connections the system keeps until they are accepted. @defaultValue 511 */
  readonly backlog?: number;
}

/** `ListenAddressOptions`, complete and checked: what node's `listen` takes. */
export type ListenAddress = (
  | { readonly port: number; readonly host: string; readonly reusePort: boolean }
  | { readonly path: string }
  | { readonly fd: number }
) & { readonly backlog: number };

/** Reads `ListenAddressOptions` as a part of other options. */
export function readListenAddress(reader: OptionsReader): ListenAddress {
  const path = reader.string('path');
  const fd = reader.integer('fd', { min: 0 });
  const port = reader.integer('port', { default: 0, min: 0, max: 65_535 });
  const host = reader.string('host', { default: '127.0.0.1' });
  const reusePort = reader.boolean('reusePort', { default: false });
  const backlog = reader.integer('backlog', { default: 511, min: 1 });
  const hasAddress = reader.has('port') || reader.has('host');
  if (path !== undefined && hasAddress) reader.issue('path', 'stands for a Unix socket, which has no port and no host');
  if (fd !== undefined && (hasAddress || path !== undefined)) reader.issue('fd', 'listens already, somewhere');
  if (fd !== undefined) return { fd, backlog };
  return path === undefined ? { port, host, reusePort, backlog } : { path, backlog };
}

/** A server that is up. */
export interface BoundAddress {
  /** Where it can be reached, without a scheme: `127.0.0.1:8080`, `[::1]:8080`; for a Unix socket, its path. */
  readonly authority: string;
  /** The port, or 0 for a Unix socket. */
  readonly port: number;
}

/** Opens a server's listener. Rejects with node's error when the address can not be had. */
export function bindServer(server: Server, address: ListenAddress): Promise<BoundAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      // After it is up, an accept can still fail (out of descriptors): node goes on, and so do we.
      server.on('error', () => {});
      resolve(boundAddress(server.address()));
    });
  });
}

function boundAddress(bound: AddressInfo | string | null): BoundAddress {
  if (bound === null || typeof bound === 'string') return { authority: bound ?? '', port: 0 };
  const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return { authority: `${host}:${bound.port}`, port: bound.port };
}
