// An origin that does what the test says with each connection: it shows the request's bytes and lets the test write the answer's.

import { logBytes, type ByteLog } from './byte-log.ts';
import { startRawServer } from './raw-server.ts';

export interface ScriptedOrigin {
  readonly port: number;
  readonly url: string;
  /** The next connection of the proxy. */
  accept(): Promise<ByteLog>;
  /** Connections that came and were not taken yet. */
  readonly waiting: number;
  close(): Promise<void>;
}

/** An origin on loopback, closed when the test ends. */
export async function startScriptedOrigin(): Promise<ScriptedOrigin> {
  const server = await startRawServer();
  return {
    port: server.port,
    url: `http://127.0.0.1:${server.port}`,
    accept: async () => logBytes(await server.accept()),
    get waiting() {
      return server.waiting;
    },
    close: () => server.close(),
  };
}
