// A proxy inside a server of node:http, beside routes of your own.

import { createProxy } from '@sluice/http';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startDemoOrigin } from './quickstart/demo-origin.ts';

// Yours would be 'http://127.0.0.1:3000'.
const origin = await startDemoOrigin('the-origin');
const proxy = createProxy({ to: origin.url });

// A proxy is a request listener. It can be all of a server, createServer(proxy), or what is behind some of its routes.
const server = createServer((req, res) => {
  if (req.url === '/health') res.end('fine\n');
  else proxy(req, res);
});
server.on('upgrade', proxy.upgrade); // WebSockets
server.on('checkContinue', proxy.checkContinue); // the origin, not this process, decides on `Expect: 100-continue`

await once(server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1'), 'listening');
console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
server.close(); // no new connections
await proxy.drain(5_000); // requests that are open may end
await origin.kill();
