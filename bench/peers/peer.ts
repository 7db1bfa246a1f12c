// A proxy that is measured, as the bench sees it.
import type { ChildProcess } from 'node:child_process';
import type { Layer } from '../scenarios.ts';

/** Where a peer has to listen, and what it has to be in front of. */
export interface PeerJob {
  readonly port: number;
  readonly originPorts: readonly number[];
  /** Files with the certificate and the key to serve TLS with; for connections, that they are led by server name. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Datagrams only: a session is over when one request has one reply. */
  readonly fresh: boolean;
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
  /** What it is for. */
  readonly layer: Layer;
  /** Whether it takes TLS clients here, and ends TLS (7) or lets it through (4). */
  readonly servesTls: boolean;
  /** Its version, for the report. */
  version(): string;
  start(job: PeerJob): ChildProcess;
}
