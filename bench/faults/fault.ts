// What happens to the origins, and when: everything begins after two seconds, and there are two more when it is over.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultyOrigin, Mood } from './origins.ts';

/** Something that goes wrong. */
export interface Fault {
  readonly name: string;
  readonly title: string;
  /** Whether the origins can tell how many requests reached them while it lasted: those that died can not. */
  readonly isCounted: boolean;
  /** How long it lasts. */
  readonly lastsMs: number;
  /** Goes wrong, and gets well again. */
  run(origins: readonly FaultyOrigin[]): Promise<void>;
}

const lastsMs = 6_000;
/** As long as a retry budget remembers: what it has saved from before is spent by then. */
const outageMs = 10_000;
/** Between one restart and the next. */
const pauseMs = 500;

function oneBehaves(name: string, mood: Mood, title: string): Fault {
  return { name, title, isCounted: true, lastsMs, run: (origins) => misbehave(origins.slice(0, 1), mood, lastsMs) };
}

async function misbehave(origins: readonly FaultyOrigin[], mood: Mood, ms: number): Promise<void> {
  await Promise.all(origins.map((origin) => origin.behave(mood)));
  await sleep(ms);
  await Promise.all(origins.map((origin) => origin.behave('fine')));
}

export const faults: readonly Fault[] = [
  {
    name: 'kill',
    title: 'one of five is killed, and started again after 6 s',
    isCounted: false,
    lastsMs,
    async run([victim]) {
      victim?.kill();
      await sleep(lastsMs);
      await victim?.revive();
    },
  },
  {
    name: 'freeze',
    title: 'one of five is frozen (SIGSTOP) for 6 s: it takes connections and says nothing',
    isCounted: false,
    lastsMs,
    async run([victim]) {
      victim?.freeze();
      await sleep(lastsMs);
      victim?.thaw();
    },
  },
  oneBehaves('slow', 'slow', 'one of five takes 1.5 s for an answer, for 6 s'),
  oneBehaves('reset', 'reset', 'one of five resets the connection of each request, for 6 s'),
  oneBehaves('error', 'error', 'one of five answers 500, for 6 s'),
  oneBehaves('garbage', 'garbage', 'one of five answers with what is no HTTP, for 6 s'),
  {
    name: 'rolling',
    title: 'all five are restarted in order (SIGTERM), one after another',
    isCounted: false,
    lastsMs,
    async run(origins) {
      for (const origin of origins) {
        await origin.restart();
        await sleep(pauseMs);
      }
    },
  },
  {
    name: 'outage',
    title: 'all five reset the connection of each request, for 10 s',
    isCounted: true,
    lastsMs: outageMs,
    run: (origins) => misbehave(origins, 'reset', outageMs),
  },
];
