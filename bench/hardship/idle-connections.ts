// Memory for each connection that waits: for its next request, or, at layer 4, with a session to the origin behind it.
import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { maxSessions } from '../file-limit.ts';
import { open, requestFor, type Column, type Hardship, type Subject } from './hardship.ts';

/** A proxy may take two sockets for each of them, which may be more than the system allows; and it must not be full, or it would end idle ones. */
const count = Math.min(10_000, maxSessions - 100);
/** How many connections are opened at the same time. */
const batch = 100;
/** After so long without work a garbage collector has tidied up. */
const settleMs = 15_000;

const rest: readonly Column[] = [
  { title: 'MiB before', digits: 0 },
  { title: 'MiB with them', digits: 0 },
  { title: 'that stayed', digits: 0 },
];

export const idleConnections: Hardship = {
  name: 'idle',
  title: `${count} keep-alive connections, each of which has had one request`,
  layer: 7,
  columns: [{ title: 'KiB per connection', digits: 1 }, ...rest],
  run: (subject) => fillAndWait(subject, 1024),
};

export const idleSessions: Hardship = {
  name: 'sessions',
  title: `${count} TCP sessions, each of which has had one request`,
  layer: 4,
  columns: [{ title: 'bytes per session', digits: 0 }, ...rest],
  run: (subject) => fillAndWait(subject, 1),
};

async function fillAndWait({ port, residentMiB, warmUp }: Subject, unitBytes: number): Promise<readonly number[]> {
  // What serving costs at all, and the room that a garbage collector takes for it, is there before the connections are.
  await warmUp(8);
  await sleep(settleMs);
  const before = residentMiB();
  const sockets = await fill(port, count);
  await sleep(settleMs);
  const after = residentMiB();
  const stayed = sockets.filter((socket) => !socket.destroyed && socket.readable).length;
  for (const socket of sockets) socket.destroy();
  return [((after - before) * 2 ** 20) / unitBytes / count, before, after, stayed];
}

async function fill(port: number, connections: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let done = 0; done < connections; done += batch)
    sockets.push(
      ...(await Promise.all(Array.from({ length: Math.min(batch, connections - done) }, () => useOnce(port)))),
    );
  return sockets;
}

async function useOnce(port: number): Promise<Socket> {
  const socket = await open(port);
  socket.write(requestFor('/small'));
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  return socket.resume();
}
