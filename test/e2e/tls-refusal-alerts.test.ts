// A TLS client that is refused by a proxy that passes TLS through hears why, in an alert.

import { connect } from 'node:tls';
import { createUpstream } from '@sluice/core';
import { sniRoutes } from '@sluice/l4';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { startRawServer } from '../support/raw-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

beforeEach(expectNoResourcesLeft);

/** The code of what a client hears when it asks for a name. */
function errorOf(port: number, servername: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', servername });
    onTestFinished(() => void socket.destroy());
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}

test('unrecognized_name when no route knows its name, internal_error when no endpoint can be connected', async () => {
  const gone = await startRawServer();
  await gone.close();
  const shop = createUpstream({ endpoints: [`127.0.0.1:${gone.port}`] });
  onTestFinished(() => shop.close());
  const { proxy, port } = await startTcpProxy({ route: sniRoutes({ 'shop.example': shop }) });
  expect(await errorOf(port, 'nobody.example')).toMatch(/UNRECOGNIZED_NAME/);
  expect(await errorOf(port, 'shop.example')).toMatch(/INTERNAL_ERROR/);
  expect(proxy.stats().connectionsRefused).toEqual({ SLUICE_NO_ROUTE: 1, SLUICE_CONNECT_REFUSED: 1 });
});
