// Memory while clients read large answers slowly: what the origin sends too fast must wait in the origin, not in the proxy.
import { setTimeout as sleep } from 'node:timers/promises';
import { open, requestFor, type Column, type Hardship, type Subject } from './hardship.ts';

/** How clients read. */
interface Reading {
  readonly clients: number;
  readonly path: string;
  readonly bytes: number;
  /** What a client takes in a second. */
  readonly bytesPerSecond: number;
}

/** A client reads in turns. */
const turnMs = 50;

const columns: readonly Column[] = [
  { title: 'MiB before', digits: 0 },
  { title: 'after a quarter', digits: 0 },
  { title: 'half', digits: 0 },
  { title: 'three quarters', digits: 0 },
  { title: 'at the end', digits: 0 },
  { title: 'peak MiB', digits: 0 },
  { title: 'downloads that were complete', digits: 0 },
];

export const slowReaders: Hardship = {
  name: 'slow-readers',
  title: '64 downloads of 10 MB at 1 MB/s each',
  layer: 7,
  columns,
  run: (subject) => read(subject, { clients: 64, path: '/10m', bytes: 10_000_000, bytesPerSecond: 1_000_000 }),
};

export const slowStream: Hardship = {
  name: 'slow-stream',
  title: '1 GB over one TCP session, to a client that reads 40 MB/s',
  layer: 4,
  columns,
  run: (subject) => read(subject, { clients: 1, path: '/1g', bytes: 1_000_000_000, bytesPerSecond: 40_000_000 }),
};

async function read({ port, residentMiB }: Subject, reading: Reading): Promise<readonly number[]> {
  const before = residentMiB();
  const samples: number[] = [];
  const watch = setInterval(() => samples.push(residentMiB()), 100);
  const received = await Promise.all(Array.from({ length: reading.clients }, () => download(port, reading)));
  samples.push(residentMiB());
  clearInterval(watch);
  const at = (share: number): number => samples[Math.floor((samples.length - 1) * share)] ?? NaN;
  const complete = received.filter((length) => length >= reading.bytes).length;
  return [before, at(0.25), at(0.5), at(0.75), at(1), Math.max(before, ...samples), complete];
}

/** @returns how many bytes came, the head included */
async function download(port: number, { path, bytes, bytesPerSecond }: Reading): Promise<number> {
  const socket = await open(port);
  const startMs = performance.now();
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received >= allowed()) socket.pause();
  });
  const allowed = (): number => ((performance.now() - startMs) / 1000) * bytesPerSecond;
  socket.write(requestFor(path));
  while (received < bytes && !socket.destroyed) {
    await sleep(turnMs);
    if (received < allowed()) socket.resume();
  }
  socket.destroy();
  return received;
}
