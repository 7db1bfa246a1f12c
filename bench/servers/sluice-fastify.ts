import { sluice } from '@sluice/fastify';
import { fastify } from 'fastify';
import { origins, port } from './job.ts';

const app = fastify();
await app.register(sluice, { to: origins });
await app.listen({ port, host: '127.0.0.1' });
