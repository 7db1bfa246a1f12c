// HAProxy with one thread.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findTool, proxyCore, startOn, versionOf } from '../tools.ts';
import type { Peer, PeerJob } from './peer.ts';

export const haproxy: Peer = {
  name: 'haproxy',
  title: 'HAProxy, one thread',
  needs: ['haproxy'],
  servesTls: true,
  version: () => versionOf('haproxy', '-v'),
  start(job) {
    const config = path.join(job.folder, `haproxy-${job.port}.cfg`);
    writeFileSync(config, configOf(job));
    return startOn(proxyCore, findTool('haproxy') ?? 'haproxy', ['-q', '-db', '-f', config]);
  },
};

function configOf({ port, originPorts, tls, folder }: PeerJob): string {
  return `
global
  nbthread 1
  maxconn 8192
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
