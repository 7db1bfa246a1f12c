// Everybody who is measured. The first one of a layer is what the others of it are compared with.
import { haproxy, haproxyTcp } from './haproxy.ts';
import { nginx, nginxDatagrams, nginxStream } from './nginx.ts';
import { nodePeer } from './node-peer.ts';
import type { Peer } from './peer.ts';

export type { Peer } from './peer.ts';

export const peers: readonly Peer[] = [
  nginx,
  haproxy,
  nodePeer({ name: 'sluice', title: 'Sluice, listen()', server: 'sluice.ts', front: 'wire', servesTls: true }),
  nodePeer({
    name: 'sluice-node',
    title: "Sluice, listen({ front: 'node' })",
    server: 'sluice.ts',
    front: 'node',
    servesTls: true,
  }),
  nodePeer({ name: 'sluice-http', title: 'Sluice under node:http', server: 'sluice-http.ts' }),
  nodePeer({ name: 'sluice-express', title: 'Sluice in Express 5', server: 'sluice-express.ts' }),
  nodePeer({ name: 'sluice-fastify', title: 'Sluice in Fastify 5', server: 'sluice-fastify.ts' }),
  nodePeer({ name: 'httpxy', title: 'httpxy', server: 'httpxy.ts', module: 'httpxy' }),
  nodePeer({
    name: 'http-proxy',
    title: 'http-proxy with a keep-alive agent',
    server: 'http-proxy.ts',
    module: 'http-proxy',
  }),
  nodePeer({
    name: 'http-proxy-3',
    title: 'http-proxy-3 with a keep-alive agent',
    server: 'http-proxy-3.ts',
    module: 'http-proxy-3',
  }),
  nodePeer({
    name: 'fastify-http-proxy',
    title: '@fastify/http-proxy',
    server: 'fastify-http-proxy.ts',
    module: '@fastify/http-proxy',
  }),
  nodePeer({ name: 'fast-proxy', title: 'fast-proxy', server: 'fast-proxy.ts', module: 'fast-proxy' }),
  nodePeer({
    name: 'http-proxy-middleware',
    title: 'http-proxy-middleware on Express 5',
    server: 'http-proxy-middleware.ts',
    module: 'http-proxy-middleware',
  }),
  nginxStream,
  haproxyTcp,
  nodePeer({
    name: 'sluice-tcp',
    title: 'Sluice, createTcpProxy()',
    server: 'sluice-tcp.ts',
    layer: 4,
    servesTls: true,
  }),
  nodePeer({
    name: 'net-pipe',
    title: 'two sockets of node:net and pipe()',
    server: 'net-pipe.ts',
    layer: 4,
    servesTls: true,
  }),
  nginxDatagrams,
  nodePeer({ name: 'sluice-udp', title: 'Sluice, createUdpProxy()', server: 'sluice-udp.ts', layer: 'udp' }),
  nodePeer({ name: 'dgram', title: 'sockets of node:dgram and a Map', server: 'dgram.ts', layer: 'udp' }),
];
