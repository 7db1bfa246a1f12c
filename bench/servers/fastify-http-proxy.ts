import httpProxy from '@fastify/http-proxy';
import { fastify } from 'fastify';
import { nextOrigin, origins, port } from './job.ts';

const app = fastify();
await app.register(httpProxy, {
  upstream: origins[0] ?? '',
  replyOptions: { getUpstream: () => nextOrigin() },
});
await app.listen({ port, host: '127.0.0.1' });
