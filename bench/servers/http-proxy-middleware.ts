import express from 'express';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { Agent } from 'node:http';
import { nextOrigin, origins, port } from './job.ts';

const agent = new Agent({ keepAlive: true, maxSockets: 256 });
const middleware = createProxyMiddleware({ target: origins[0] ?? '', router: () => nextOrigin(), agent, xfwd: true });
express().use(middleware).listen(port, '127.0.0.1');
