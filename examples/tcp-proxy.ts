// Connections over three servers by weight, with limits, and an end that lets open sessions finish.

import { createTcpProxy } from '@sluice/l4';
import { once } from 'node:events';
import { startDemoGreeter } from './quickstart/demo-greeter.ts';

// Yours would be databases, brokers, game servers: whatever takes connections.
const [large, small, spare] = await Promise.all(['large', 'small', 'spare'].map((name) => startDemoGreeter(name)));
if (large === undefined || small === undefined || spare === undefined) throw new Error('a server is missing');

const proxy = createTcpProxy({
  upstream: {
    endpoints: [
      { address: large, id: 'large', weight: 3 },
      { address: small, id: 'small', weight: 1, maxInFlight: 100 },
      { address: spare, id: 'spare', backup: true },
    ],
  },
  limits: { maxConnections: 1_000, maxConnectionsPerAddress: 20, maxAcceptsPerSecond: 200 },
  timeouts: { connectMs: 2_000, idleMs: 600_000 },
});
proxy.on('session-closed', ({ connection, endpoint, bytesForward, bytesBackward, ended }) => {
  console.log(`${connection.remoteAddress} -> ${endpoint.id}: ${bytesForward} up, ${bytesBackward} down, ${ended}`);
});
proxy.on('connect-failed', ({ endpoint, error }) => console.log(`${endpoint.id}: ${error.message}`));
proxy.on('connection-refused', ({ connection, error }) => console.log(`${connection.remoteAddress}: ${error.code}`));

const { url, port } = await proxy.listen({ port: Number(process.env['PORT'] ?? 8080) });
console.log(`listening on ${url}`);
console.log(`try: nc 127.0.0.1 ${port}, several times, and Ctrl-C here while one is open`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
console.log('draining');
const cut = await proxy.drain(5_000);
console.log(`drained, ${cut} sessions cut`);
