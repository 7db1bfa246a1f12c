import { createProxyServer } from 'httpxy';
import { Agent, createServer } from 'node:http';
import { nextOrigin, port } from './job.ts';

const proxy = createProxyServer({ agent: new Agent({ keepAlive: true, maxSockets: 256 }), xfwd: true });
createServer((req, res) => {
  void proxy.web(req, res, { target: nextOrigin() });
}).listen(port, '127.0.0.1');
