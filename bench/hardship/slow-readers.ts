// Memory while many clients read large answers slowly: what the origin sends too fast must wait in the origin, not in the proxy.
import { setTimeout as sleep } from 'node:timers/promises';
import { open, requestFor, type Hardship } from './hardship.ts';

const clients = 64;
const bytes = 10_000_000;
/** What a client takes in a turn, and how often a turn comes: about 1 MB/s. */
const turnMs = 50;

export const slowReaders: Hardship = {
  name: 'slow-readers',
  title: `${clients} downloads of 10 MB at 1 MB/s each`,
  columns: ['peak MiB', 'MiB before', 'downloads that were complete'],
  async run({ port, residentMiB }) {
    const before = residentMiB();
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, residentMiB())), 100);
    const received = await Promise.all(Array.from({ length: clients }, () => download(port)));
    clearInterval(watch);
    const complete = received.filter((length) => length >= bytes).length;
    return [peak.toFixed(0), before.toFixed(0), String(complete)];
  },
};

/** @returns how many bytes came, the head included */
async function download(port: number): Promise<number> {
  const socket = await open(port);
  let received = 0;
  let inTurn = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    inTurn += chunk.length;
    if (inTurn >= turnMs * 1000) socket.pause();
  });
  socket.write(requestFor('/10m'));
  while (received < bytes && !socket.destroyed) {
    await sleep(turnMs);
    inTurn = 0;
    socket.resume();
  }
  socket.destroy();
  return received;
}
