// A TLS server with a certificate of its own, which says its name to whoever comes.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { createCertificateAuthority } from './demo-certificates.ts';

export interface DemoTlsServer {
  readonly address: string;
  close(): void;
}

/** Starts a server on any free port of the loopback address. */
export async function startDemoTlsServer(name: string): Promise<DemoTlsServer> {
  const server = createServer(createCertificateAuthority().issue([name]), (socket) => {
    socket.on('error', () => {});
    socket.end(`hello from ${name}\n`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}
