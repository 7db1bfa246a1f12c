import { createProxyServer } from 'http-proxy-3';
import { Agent, createServer } from 'node:http';
import { nextOrigin, port } from './job.ts';

const proxy = createProxyServer({ agent: new Agent({ keepAlive: true, maxSockets: 256 }), xfwd: true });
proxy.on('error', () => {});
createServer((req, res) => proxy.web(req, res, { target: nextOrigin() })).listen(port, '127.0.0.1');
