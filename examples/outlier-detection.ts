// Outlier detection: an endpoint that answers, but badly, loses its traffic for a while. Nobody asks it how it is; its answers tell.

import { createProxy } from '@sluice/http';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

async function startApplication(
  name: string,
  statusOf: (count: number) => number,
): Promise<{ url: string; server: Server }> {
  let count = 0;
  const server = createServer((_, res) => {
    res.statusCode = statusOf(count++);
    res.end(`hello from ${name}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const good = await startApplication('good', () => 200);
const flaky = await startApplication('flaky', (count) => (count % 2 === 0 ? 503 : 200));

const proxy = createProxy({
  upstream: {
    endpoints: [
      { id: 'good', address: good.url },
      { id: 'flaky', address: flaky.url },
    ],
    health: {
      // Impatient, to be watched: the defaults compare every 10 s, and ask for 20 requests.
      outliers: {
        intervalMs: 1_000,
        failurePercentage: { thresholdPercent: 30, minRequests: 5 },
        baseEjectionMs: 15_000,
      },
    },
  },
});

const { upstream } = proxy;
upstream.on('endpoint-ejected', ({ endpoint, detector, reason, ejectedMs }) => {
  console.log(`${endpoint.id} is out for ${Math.round(ejectedMs / 1000)} s by ${detector}: ${reason}`);
});
upstream.on('endpoint-recovered', ({ endpoint }) => console.log(`${endpoint.id} is back`));

const { url } = await proxy.listen(Number(process.env['PORT'] ?? 8080));
console.log(`listening on ${url}`);
console.log(`try: while sleep 0.1; do curl -s -o /dev/null -w '%{http_code} ' ${url}; done`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await proxy.drain(5_000);
for (const { server } of [good, flaky]) {
  server.close();
  server.closeAllConnections();
}
