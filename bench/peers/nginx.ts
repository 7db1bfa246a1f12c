// nginx with one worker, and the fields that our proxy sets by default.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findTool, proxyCore, startOn, versionOf } from '../tools.ts';
import type { Peer, PeerJob } from './peer.ts';

export const nginx: Peer = {
  name: 'nginx',
  title: 'nginx, one worker',
  needs: ['nginx'],
  servesTls: true,
  version: () => versionOf('nginx', '-v'),
  start(job) {
    const config = path.join(job.folder, `nginx-${job.port}.conf`);
    writeFileSync(config, configOf(job));
    return startOn(proxyCore, findTool('nginx') ?? 'nginx', ['-c', config, '-e', `${config}.log`]);
  },
};

function configOf({ port, originPorts, tls, folder }: PeerJob): string {
  return `
worker_processes 1; daemon off; pid ${folder}/nginx-${port}.pid;
worker_rlimit_nofile 65536; events { worker_connections 32768; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  client_body_temp_path ${folder}/nginx-${port}-body; proxy_temp_path ${folder}/nginx-${port}-proxy; client_body_buffer_size 64k;
  upstream origin {
    ${originPorts.map((origin) => `server 127.0.0.1:${origin};`).join(' ')}
    keepalive 256; keepalive_requests 100000000; keepalive_timeout 600s;
  }
  server {
    listen 127.0.0.1:${port}${tls === undefined ? '' : ' ssl'};
    ${tls === undefined ? '' : `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key}; ssl_protocols TLSv1.3;`}
    location / {
      proxy_pass http://origin; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Forwarded-Port $server_port;
    }
  }
}
`;
}
