// TLS goes to the server that its client asks for by name. The proxy has no certificate and decrypts nothing.

import { createUpstream } from '@sluice/core';
import { createTcpProxy, sniRoutes } from '@sluice/l4';
import { once } from 'node:events';
import { startDemoTlsServer } from './quickstart/demo-tls-server.ts';

// Yours would be machines of their own, each with its certificates.
const servers = await Promise.all(['shop.example', '*.tenants.example', 'default.example'].map(startDemoTlsServer));
const [shop, tenants, others] = servers.map(({ address }) => createUpstream({ endpoints: [address] }));
if (shop === undefined || tenants === undefined || others === undefined) throw new Error('a server is missing');

const proxy = createTcpProxy({
  // Exact names first, then the longest wildcard. Clients that name nobody, or somebody else, get the default.
  route: sniRoutes({ 'shop.example': shop, '*.tenants.example': tenants }, { default: others }),
  clientHello: { helloTimeoutMs: 5_000 },
});
proxy.on('session-opened', ({ connection, endpoint }) =>
  console.log(`${connection.clientHello?.serverName ?? 'no name'} -> ${endpoint.id}`),
);
proxy.on('connection-refused', ({ error }) => console.log(`refused: ${error.message}`));
const { url, port } = await proxy.listen({ port: Number(process.env['PORT'] ?? 8080) });
console.log(`listening on ${url}`);
console.log(`try: openssl s_client -connect 127.0.0.1:${port} -servername shop.example -quiet`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await proxy.drain(5_000);
await Promise.all([shop, tenants, others].map((upstream) => upstream.close()));
for (const server of servers) server.close();
