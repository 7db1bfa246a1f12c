// An ordinary node:http origin.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface HttpOrigin {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  /** Stops listening and cuts every connection. */
  kill(): Promise<void>;
}

/** An origin on loopback, closed when the test ends. @param port - The port of an origin that was killed, to start it again */
export async function startHttpOrigin(
  listener: (req: IncomingMessage, res: ServerResponse) => unknown,
  port = 0,
): Promise<HttpOrigin> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (req, res) => void listener(req, res));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const kill = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  onTestFinished(kill);
  const address = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${address.port}`, port: address.port, server, kill };
}
