// Memory for each connection that waits for its next request.
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { open, requestFor, type Hardship } from './hardship.ts';

const count = 10_000;
/** How many connections are opened at the same time. */
const batch = 100;
/** After so long without work a garbage collector has tidied up. */
const settleMs = 15_000;

export const idleConnections: Hardship = {
  name: 'idle',
  title: `${count} keep-alive connections, each of which has had one request`,
  columns: ['KiB per connection', 'MiB before', 'MiB with them', 'connections that stayed'],
  async run({ port, residentMiB, warmUp }) {
    // What serving costs at all, and the room that a garbage collector takes for it, is there before the connections are.
    await warmUp(8);
    await sleep(settleMs);
    const before = residentMiB();
    const sockets = await fill(port, count);
    await sleep(settleMs);
    const after = residentMiB();
    const stayed = sockets.filter((socket) => !socket.destroyed && socket.readable).length;
    for (const socket of sockets) socket.destroy();
    return [(((after - before) * 1024) / count).toFixed(1), before.toFixed(0), after.toFixed(0), String(stayed)];
  },
};

async function fill(port: number, connections: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let done = 0; done < connections; done += batch)
    sockets.push(...(await Promise.all(Array.from({ length: batch }, () => useOnce(port)))));
  return sockets;
}

async function useOnce(port: number): Promise<Socket> {
  const socket = await open(port);
  socket.write(requestFor('/small'));
  await once(socket, 'data');
  return socket.resume();
}
