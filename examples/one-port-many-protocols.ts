// One port for web, TLS, and a mail server that speaks first: each client gets to a server of its kind, by its first bytes or by its silence.

import { createUpstream } from '@sluice/core';
import { createTcpProxy, protocolRoutes, sniRoutes } from '@sluice/l4';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { startDemoOrigin } from './quickstart/demo-origin.ts';
import { startDemoTlsServer } from './quickstart/demo-tls-server.ts';

// Yours would be other machines. This one is no mail server; it only greets like one.
const mailServer = createServer((socket) => socket.on('error', () => {}).end('220 mail.example ESMTP\r\n'));
await once(mailServer.listen(0, '127.0.0.1'), 'listening');
const origin = await startDemoOrigin('the-origin');
const tlsServer = await startDemoTlsServer('shop.example');

const web = createUpstream({ endpoints: [new URL(origin.url).host] });
const shop = createUpstream({ endpoints: [tlsServer.address] });
const mail = createUpstream({ endpoints: [`127.0.0.1:${(mailServer.address() as AddressInfo).port}`] });

const proxy = createTcpProxy({
  route: protocolRoutes({
    http1: web,
    tls: sniRoutes({ 'shop.example': shop }), // and nobody else
    silent: mail,
  }),
  // A client that has said nothing for so long waits for the server to begin.
  sniff: { silenceMs: 1_500 },
});
proxy.on('session-opened', ({ connection }) => console.log(`serving ${connection.protocol ?? 'a silent client'}`));
proxy.on('connection-refused', ({ error }) => console.log(`refused: ${error.message}`));
const { url, port } = await proxy.listen({ port: Number(process.env['PORT'] ?? 8080) });
console.log(`listening on ${url}`);
console.log(`try: curl http://127.0.0.1:${port}/, then: nc 127.0.0.1 ${port}`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await proxy.drain(5_000);
await Promise.all([web, shop, mail].map((upstream) => upstream.close()));
await origin.kill();
tlsServer.close();
mailServer.close();
