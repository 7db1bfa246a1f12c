// A port on loopback where a connection is never accepted and never refused: the system's queue of a listener that stands still is full.

import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { Worker } from 'node:worker_threads';

// The thread listens and then sleeps, so that nobody takes connections out of the queue.
const listener = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: workerData.host, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(workerData.sleep, 0, 0);
    server.close();
  });
`;

/** Opens such a port, until the test ends. */
export async function openFullBacklog(host = '127.0.0.1'): Promise<number> {
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(listener, { eval: true, workerData: { sleep, host } });
  const [port] = (await once(worker, 'message')) as [number];
  const fillers = Array.from({ length: 4 }, () => connect(port, host).on('error', () => {}));
  onTestFinished(async () => {
    for (const filler of fillers) filler.destroy();
    Atomics.store(sleep, 0, 1);
    Atomics.notify(sleep, 0);
    await once(worker, 'exit');
  });
  // Linux lets one more into the queue than its length says.
  await new Promise<void>((resolve) => {
    let connected = 0;
    for (const filler of fillers) filler.on('connect', () => ++connected === 2 && resolve());
  });
  return port;
}
