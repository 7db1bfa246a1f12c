// Discovery: a file lists the endpoints. Who edits it while the proxy runs moves the traffic, and a mistake in it changes nothing.

import { createProxy } from '@sluice/http';
import { fileEndpoints } from '@sluice/l4';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

async function startApplication(name: string): Promise<{ url: string; server: Server }> {
  const server = createServer((_, res) => res.end(`hello from ${name}\n`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

const blue = await startApplication('blue');
const green = await startApplication('green');

const folder = await mkdtemp(path.join(tmpdir(), 'sluice-'));
const file = path.join(folder, 'endpoints.json');
await writeFile(file, JSON.stringify([blue.url]));

const proxy = createProxy({ upstream: { endpoints: fileEndpoints(file, { intervalMs: 1_000 }) } });
const { upstream } = proxy;
upstream.on('discovery-updated', ({ added, removed }) => {
  console.log(`the file has ${added.length} more and ${removed.length} less`);
});
upstream.on('discovery-failed', ({ reason }) => console.log(`the last good list stays: ${reason}`));
await upstream.ready();

const { url } = await proxy.listen(Number(process.env['PORT'] ?? 8080));
console.log(`listening on ${url}`);
console.log(`try: curl ${url}; echo '["${green.url}"]' > ${file}; sleep 1; curl ${url}`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await proxy.drain(5_000);
for (const { server } of [blue, green]) {
  server.close();
  server.closeAllConnections();
}
await rm(folder, { recursive: true });
