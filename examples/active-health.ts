// Active health checks: an endpoint that says it is unwell gets no requests, before a single one of them has failed.

import { createProxy, httpProbe } from '@sluice/http';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An application that answers `/healthz`, and pretends to be unwell between `/break` and `/mend`. */
async function startApplication(name: string): Promise<{ readonly url: string; readonly server: Server }> {
  let isWell = true;
  const server = createServer((req, res) => {
    if (req.url === '/break') isWell = false;
    if (req.url === '/mend') isWell = true;
    if (req.url === '/healthz') res.statusCode = isWell ? 200 : 503;
    res.end(`hello from ${name}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const steady = await startApplication('steady');
const shaky = await startApplication('shaky');

const proxy = createProxy({
  upstream: {
    endpoints: [
      { id: 'steady', address: steady.url },
      { id: 'shaky', address: shaky.url },
    ],
    health: {
      checks: [{ probe: httpProbe({ path: '/healthz', status: [200] }), intervalMs: 500, rise: 2, fall: 2 }],
    },
  },
});

const { upstream } = proxy;
upstream.on('endpoint-unhealthy', ({ endpoint, check, reason }) => {
  console.log(`${endpoint.id} is unhealthy, ${check}: ${reason}`);
});
upstream.on('endpoint-healthy', ({ endpoint }) => console.log(`${endpoint.id} is healthy again`));

const { url } = await proxy.listen(Number(process.env['PORT'] ?? 8080));
console.log(`listening on ${url}`);
console.log(`shaky is at ${shaky.url}`);
console.log(`try: curl ${shaky.url}/break, watch, and curl ${url} a few times; then curl ${shaky.url}/mend`);

const report = setInterval(() => {
  for (const { id, explanation } of upstream.stats().endpoints) console.log(`${id}: ${explanation}`);
}, 5_000);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
clearInterval(report);
await proxy.drain(5_000);
for (const { server } of [steady, shaky]) {
  server.close();
  server.closeAllConnections();
}
