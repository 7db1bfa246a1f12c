// A balancer of connections in front of a proxy of requests: the client's address goes with each connection, in a PROXY header.

import { createProxy } from '@sluice/http';
import { acceptProxyProtocol, createTcpProxy } from '@sluice/l4';
import { once } from 'node:events';
import { startDemoOrigin } from './quickstart/demo-origin.ts';

const origin = await startDemoOrigin('the-origin');

// Believes what the balancer says about the client. Without a header from it nobody gets in.
const inner = createProxy({ to: origin.url });
inner.on('exchange-finished', ({ exchange }) => {
  const { client, connection } = exchange;
  console.log(`a request of ${client.address}, by a header of version ${connection.proxyHeader?.version}`);
});
const { port } = await inner.listen({ preludes: [acceptProxyProtocol({ trustedSenders: ['loopback'] })] });

// Reads nothing of what it balances. Its own clients may have come through a balancer, too (HAProxy, a cloud's).
const edge = createTcpProxy({
  to: `127.0.0.1:${port}`,
  preludes: [acceptProxyProtocol({ mode: 'optional', trustedSenders: ['loopback'] })],
  sendProxyProtocol: { version: 2, checksum: true },
});
edge.on('connection-refused', ({ error }) => console.log(`refused: ${error.message}`));
const { url } = await edge.listen({ port: Number(process.env['PORT'] ?? 8080) });
console.log(`listening on ${url}`);
console.log(`try: curl --haproxy-protocol ${url.replace('tcp', 'http')}`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
// Together: the balancer's sessions end when the proxy behind has no more requests.
await Promise.all([edge.drain(5_000), inner.drain(5_000)]);
await origin.kill();
