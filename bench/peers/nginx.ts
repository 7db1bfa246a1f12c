// nginx with one worker: for HTTP, with the fields that our proxy sets by default, for connections, and for datagrams.
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { findTool, proxyCore, startOn, versionOf } from '../tools.ts';
import type { Peer, PeerJob } from './peer.ts';

export const nginx: Peer = {
  name: 'nginx',
  title: 'nginx, one worker',
  needs: ['nginx'],
  layer: 7,
  servesTls: true,
  version: () => versionOf('nginx', '-v'),
  start: (job) => startNginx(job, httpConfig(job)),
};

export const nginxStream: Peer = {
  name: 'nginx-stream',
  title: "nginx's stream module, one worker",
  needs: ['nginx', 'ngx_stream_module.so'],
  layer: 4,
  servesTls: true,
  version: () => versionOf('nginx', '-v'),
  start: (job) => startNginx(job, streamConfig(job)),
};

export const nginxDatagrams: Peer = {
  name: 'nginx-udp',
  title: "nginx's stream module with UDP, one worker",
  needs: ['nginx', 'ngx_stream_module.so', 'dnsperf'],
  layer: 'udp',
  servesTls: false,
  version: () => versionOf('nginx', '-v'),
  start: (job) => startNginx(job, datagramConfig(job)),
};

function startNginx({ folder, port }: PeerJob, text: string): ChildProcess {
  const config = path.join(folder, `nginx-${port}.conf`);
  writeFileSync(config, text);
  return startOn(proxyCore, findTool('nginx') ?? 'nginx', ['-c', config, '-e', 'stderr']);
}

function streamConfig({ port, originPorts, folder, tls }: PeerJob): string {
  return `
load_module ${findTool('ngx_stream_module.so')};
worker_processes 1; daemon off; pid ${folder}/nginx-${port}.pid;
events { worker_connections 32768; }
stream {
  upstream origin { ${originPorts.map((origin) => `server 127.0.0.1:${origin};`).join(' ')} }
  upstream other { server 127.0.0.1:9; }
  map $ssl_preread_server_name $by_name { shop.example other; default origin; }
  server { listen 127.0.0.1:${port}; ${tls === undefined ? 'proxy_pass origin' : 'ssl_preread on; proxy_pass $by_name'}; proxy_connect_timeout 5s; proxy_timeout 600s; }
}
`;
}

function datagramConfig({ port, originPorts, folder, fresh }: PeerJob): string {
  return `
load_module ${findTool('ngx_stream_module.so')};
worker_processes 1; daemon off; pid ${folder}/nginx-${port}.pid;
events { worker_connections 32768; }
stream {
  upstream origin { ${originPorts.map((origin) => `server 127.0.0.1:${origin};`).join(' ')} }
  server { listen 127.0.0.1:${port} udp; proxy_pass origin; proxy_timeout 60s; ${fresh ? 'proxy_requests 1; proxy_responses 1;' : ''} }
}
`;
}

function httpConfig({ port, originPorts, tls, folder }: PeerJob): string {
  return `
worker_processes 1; daemon off; pid ${folder}/nginx-${port}.pid;
events { worker_connections 32768; }
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
