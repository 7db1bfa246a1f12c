// HAProxy with one thread, as a proxy for HTTP and for connections.
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findTool, proxyCore, startOn, versionOf } from '../tools.ts';
import { maxSessions } from '../file-limit.ts';
import type { Peer, PeerJob } from './peer.ts';

export const haproxy: Peer = {
  name: 'haproxy',
  title: 'HAProxy, one thread',
  needs: ['haproxy'],
  layer: 7,
  servesTls: true,
  version: () => versionOf('haproxy', '-v'),
  start: (job) => startHaproxy(job, httpConfig(job)),
};

export const haproxyTcp: Peer = {
  name: 'haproxy-tcp',
  title: 'HAProxy in TCP mode, one thread',
  needs: ['haproxy'],
  layer: 4,
  servesTls: true,
  version: () => versionOf('haproxy', '-v'),
  start: (job) => startHaproxy(job, tcpConfig(job)),
};

function startHaproxy({ folder, port }: PeerJob, text: string): ChildProcess {
  const config = path.join(folder, `haproxy-${port}.cfg`);
  writeFileSync(config, text);
  return startOn(proxyCore, findTool('haproxy') ?? 'haproxy', ['-q', '-db', '-f', config]);
}

function tcpConfig({ port, originPorts, tls }: PeerJob): string {
  return `
global
  nbthread 1
  maxconn ${maxSessions}
defaults
  mode tcp
  timeout connect 5s
  timeout client 600s
  timeout server 600s
frontend front
  bind 127.0.0.1:${port}
${tls === undefined ? '' : byName}
  default_backend origin
backend other
  server none 127.0.0.1:9
backend origin
  balance roundrobin
${originPorts.map((origin, index) => `  server o${index} 127.0.0.1:${origin}`).join('\n')}
`;
}

const byName = `
  tcp-request inspect-delay 5s
  tcp-request content accept if { req.ssl_hello_type 1 }
  use_backend other if { req.ssl_sni -i shop.example }
`;

function httpConfig({ port, originPorts, tls, folder }: PeerJob): string {
  return `
global
  nbthread 1
  maxconn ${maxSessions}
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
frontend front
  bind 127.0.0.1:${port}${tls === undefined ? '' : ` ssl crt ${bundle(tls, folder)}`}
  default_backend origin
backend origin
  balance roundrobin
${originPorts.map((origin, index) => `  server o${index} 127.0.0.1:${origin}`).join('\n')}
`;
}

/** HAProxy wants certificate and key in one file. */
function bundle({ cert, key }: { readonly cert: string; readonly key: string }, folder: string): string {
  const file = path.join(folder, 'haproxy.pem');
  writeFileSync(file, readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));
  return file;
}
