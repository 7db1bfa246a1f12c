// A small origin in this process that can be killed and restarted. What it answers is demo-routes.ts.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { demoRoutes } from './demo-routes.ts';

export interface DemoOrigin {
  readonly name: string;
  readonly url: string;
  readonly running: boolean;
  /** Stops at once: connections are cut, whatever they are doing. */
  kill(): Promise<void>;
  /** Starts again, on the same port. */
  restart(): Promise<void>;
}

/** Starts an origin on any free port of the loopback address. */
export async function startDemoOrigin(name: string): Promise<DemoOrigin> {
  const server = createServer(demoRoutes(name));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;

  // One step after the other, however fast they are asked for.
  let lastStep = Promise.resolve();
  const inTurn = (step: () => Promise<void>): Promise<void> => (lastStep = lastStep.catch(() => {}).then(step));
  const kill = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const restart = async (): Promise<void> => {
    if (!server.listening) await once(server.listen(port, '127.0.0.1'), 'listening');
  };

  return {
    name,
    url: `http://127.0.0.1:${port}`,
    get running() {
      return server.listening;
    },
    kill: () => inTurn(kill),
    restart: () => inTurn(restart),
  };
}
