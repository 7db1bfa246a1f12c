import fastProxy from 'fast-proxy';
import { createServer } from 'node:http';
import { nextOrigin, origins, port } from './job.ts';

// It keeps connections to one base only when that is given; the others are reached by it all the same.
const gateway = fastProxy({ base: origins[0] ?? '' });
createServer((req, res) => gateway.proxy(req, res, req.url ?? '/', { base: nextOrigin() })).listen(port, '127.0.0.1');
