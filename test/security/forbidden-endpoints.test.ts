// Attack: endpoints come from outside (a tenant's webhook, a service registry, DNS that somebody else answers), and one of them is a name that means
// an address of our own network: 127.0.0.1, the metadata service of the cloud. A check of the name beforehand does not help when it means
// something else a moment later (DNS rebinding).
// Impact: SSRF. The proxy carries strangers to Redis, to admin pages, to credentials, and so do its health checks.
// Guard: `deny` and `allow` of the dialer judge the very addresses that are connected.

import { createAbortScope, parseEndpointAddress, type Endpoint } from '@sluice/core';
import { createProxy } from '@sluice/http';
import { agentProbe, dial, tcpProbe } from '@sluice/l4';
import { beforeEach, expect, test } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { connectInVain } from '../support/raw-client.ts';
import { createSocketPath, startRawServer, whenClosed } from '../support/raw-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

beforeEach(expectNoResourcesLeft);

const deny = ['non-public', 'unix'];

test('a dial reaches none of them, by address, by name, with TLS or through a Unix socket', async () => {
  const path = createSocketPath();
  const inside = await startRawServer();
  const insideToo = await startRawServer({ path });
  const { port } = inside;
  const ways = [`127.0.0.1:${port}`, `[::ffff:127.0.0.1]:${port}`, `localhost:${port}`, `https://localhost:${port}`];
  for (const address of [...ways, `http://2130706433:${port}`, `unix:${path}`])
    await expect(dial(address, { deny }), address).rejects.toMatchObject({ code: 'SLUICE_ADDRESS_DENIED' });
  expect([inside.waiting, insideToo.waiting]).toEqual([0, 0]);
  // The same server, and nobody forbids it.
  (await dial(`localhost:${port}`, { deny: ['10.0.0.0/8'] })).destroy();
  await inside.accept();
});

test('a TCP proxy passes such an endpoint over, and tells it', async () => {
  const inside = await startRawServer();
  const { proxy, port, refused } = await startTcpProxy({ to: `localhost:${inside.port}`, dialer: { deny } });
  await whenClosed(connectInVain(port).socket);
  expect(refused).toMatchObject([{ error: { code: 'SLUICE_ADDRESS_DENIED' } }]);
  expect(proxy.stats()).toMatchObject({ connectsFailed: 1 });
  expect(inside.waiting).toBe(0);
});

test('an HTTP proxy answers 502', async () => {
  const inside = await startRawServer();
  const proxy = createProxy({ to: `http://localhost:${inside.port}`, wire: { deny } });
  const { url } = await proxy.listen();
  expect((await fetch(url, { headers: { connection: 'close' } })).status).toBe(502);
  await proxy.close();
  expect(inside.waiting).toBe(0);
});

test('active checks do not go there either', async () => {
  const inside = await startRawServer();
  const endpoint = { address: parseEndpointAddress(`localhost:${inside.port}`) } as Endpoint;
  const scope = createAbortScope();
  for (const probe of [tcpProbe({ deny }), agentProbe({ port: inside.port, deny })])
    await expect(Promise.resolve(probe.check(endpoint, scope))).rejects.toMatchObject({
      code: 'SLUICE_ADDRESS_DENIED',
    });
  expect(inside.waiting).toBe(0);
});
