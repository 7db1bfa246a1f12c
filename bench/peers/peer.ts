// A proxy that is measured, as the bench sees it.
import type { ChildProcess } from 'node:child_process';

/** Where a peer has to listen, and what it has to be in front of. */
export interface PeerJob {
  readonly port: number;
  readonly originPorts: readonly number[];
  /** Files with the certificate and the key to serve TLS with; for connections, that they are led by server name. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** For configurations. */
  readonly folder: string;
}

/** A kind of proxy. */
export interface Peer {
  readonly name: string;
  /** What it is and how it is set up, for the report. */
  readonly title: string;
  /** Programs beside node that it needs. */
  readonly needs: readonly string[];
  /** What it reads: requests (7), or nothing but bytes (4). */
  readonly layer: 4 | 7;
  /** Whether it takes TLS clients here, and ends TLS (7) or lets it through (4). */
  readonly servesTls: boolean;
  /** Its version, for the report. */
  version(): string;
  start(job: PeerJob): ChildProcess;
}
