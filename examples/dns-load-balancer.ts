// DNS over UDP and TCP, in front of two servers: each query goes to the next server, and to the other one when a server is gone.

import { createUpstream } from '@sluice/core';
import { createTcpProxy, createUdpProxy } from '@sluice/l4';
import { once } from 'node:events';
import { startDemoNameServer } from './quickstart/demo-name-server.ts';

// Yours would be machines of their own.
const upstream = createUpstream({
  endpoints: [await startDemoNameServer('127.0.0.2'), await startDemoNameServer('127.0.0.3')],
});

const udp = createUdpProxy({
  upstream,
  // One answer for each query, after which nothing is kept; and each query is balanced by itself.
  repliesPerRequest: 1,
  requestsPerSession: 1,
  timeouts: { idleMs: 5_000 },
});
// An answer that is too long for a datagram is asked for again over TCP, on the same port.
const tcp = createTcpProxy({ upstream, timeouts: { idleMs: 10_000 } });

udp.on('session-closed', ({ client, endpoint, ended, durationMs }) => {
  console.log(`${client.remoteAddress} asked ${endpoint?.id}, ${ended} in ${Math.round(durationMs)} ms`);
});

const { port } = await tcp.listen(Number(process.env['PORT'] ?? 8080));
const { url } = await udp.listen(port);
console.log(`listening on ${url}`);
console.log(`try: dig @127.0.0.1 -p ${port} example.com, and with +tcp`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await Promise.all([udp.drain(2_000), tcp.drain(2_000)]);
await upstream.close();
