// The origin of all measurements: nginx with two ports, about ten response fields, and files to download.
import { randomBytes } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findFreePort } from './free-port.ts';
import { findTool, loadCore, startOn, stop, untilListening } from './tools.ts';

/** Paths of a certificate and its key. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** An origin that is up. */
export interface Origin {
  readonly ports: readonly number[];
  /** The same under TLS; none when it was given no certificate. */
  readonly tlsPorts: readonly number[];
  close(): Promise<void>;
}

/** Starts the origin. @param folder - For its configuration and files */
export async function startOrigin(folder: string, tls?: CertificateFiles): Promise<Origin> {
  const ports = [await findFreePort(), await findFreePort()];
  const tlsPorts = tls === undefined ? [] : [await findFreePort(), await findFreePort()];
  writeFileSync(path.join(folder, '64k'), randomBytes(64 * 1024));
  writeFileSync(path.join(folder, '10m'), randomBytes(10_000_000));
  // A hole in a file takes no room and no time.
  writeFileSync(path.join(folder, '1g'), '');
  truncateSync(path.join(folder, '1g'), 1_000_000_000);
  const config = path.join(folder, 'origin.conf');
  writeFileSync(config, originConfig(folder, [...ports, ...tlsPorts.map((port) => `${port} ssl`)], tls));
  const child = startOn(loadCore, findTool('nginx') ?? 'nginx', ['-c', config, '-e', 'stderr']);
  await Promise.all([...ports, ...tlsPorts].map(untilListening));
  return { ports, tlsPorts, close: () => stop(child) };
}

function originConfig(folder: string, ports: readonly (number | string)[], tls: CertificateFiles | undefined): string {
  return `
worker_processes 1; daemon off; pid ${folder}/origin.pid;
events { worker_connections 32768; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; client_body_temp_path ${folder}/origin-body;
  client_body_buffer_size 64k; sendfile on;
  server {
    ${ports.map((port) => `listen 127.0.0.1:${port};`).join(' ')}
    ${tls === undefined ? '' : `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key}; ssl_protocols TLSv1.3;`}
    default_type text/plain;
    add_header Cache-Control "public, max-age=60"; add_header ETag '"5f3a-1"'; add_header Vary Accept-Encoding;
    add_header X-Request-Id 0123456789abcdef; add_header X-Content-Type-Options nosniff;
    location = /small { return 200 "${'0123456789'.repeat(20)}"; }
    location / { root ${folder}; }
  }
}
`;
}
