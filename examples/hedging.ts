// Hedging: one of two applications takes two seconds for every fourth answer. Who asks through the proxy does not notice.

import { createProxy } from '@sluice/http';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

async function startApplication(
  name: string,
  delayMs: (count: number) => number,
): Promise<{ url: string; server: Server }> {
  let count = 0;
  const server = createServer((_, res) => {
    const timer = setTimeout(() => res.end(`hello from ${name}\n`), delayMs(count++));
    res.once('close', () => {
      clearTimeout(timer);
      if (!res.writableEnded) console.log(`${name} was not waited for`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const moody = await startApplication('moody', (count) => (count % 4 === 0 ? 2_000 : 5));
const steady = await startApplication('steady', () => 5);

const proxy = createProxy({
  upstream: {
    endpoints: [
      { id: 'moody', address: moody.url },
      { id: 'steady', address: steady.url },
    ],
    balancer: 'round-robin',
  },
  // A fixed time is easy to watch. In production, `percentile: 0.95` finds out what is slow by itself.
  retry: { hedge: { afterMs: 50 } },
});
proxy.on('attempt-overtaken', ({ endpointId, winnerId }) => console.log(`${winnerId} was faster than ${endpointId}`));

const { url } = await proxy.listen(Number(process.env['PORT'] ?? 8080));
console.log(`listening on ${url}`);
console.log(`try: while sleep 0.2; do curl -s -w '%{time_total} s\\n' ${url}; done`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
const { requests, hedges, hedgesWon } = proxy.stats().retry;
console.log(`${requests} requests, ${hedges} hedges, of which ${hedgesWon} won`);
await proxy.drain(5_000);
for (const { server } of [moody, steady]) {
  server.close();
  server.closeAllConnections();
}
