// How small things are measured: in one process, without a network, many times.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { spreadOf, type Spread } from '../statistics.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const batch = 20_000;

/** Times a function. @returns nanoseconds for a call, over `repeats` batches */
export function timeOf(work: () => void, repeats = 30): Spread {
  for (let index = 0; index < 10 * batch; index++) work();
  const times = Array.from({ length: repeats }, () => {
    const start = process.hrtime.bigint();
    for (let index = 0; index < batch; index++) work();
    return Number(process.hrtime.bigint() - start) / batch;
  });
  return spreadOf(times);
}

/** @returns bytes of the heap that a call leaves behind; the least of several tries, because others allocate as well */
export function bytesOf(work: () => void): number {
  const tries = Array.from({ length: 5 }, () => {
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < batch; index++) work();
    return Math.max(0, process.memoryUsage().heapUsed - before) / batch;
  });
  return Math.min(...tries);
}
