// A program: a proxy in a process of its own, under clients that go away all the time. Prints, as JSON, what is left of it while it runs
// and when it is closed. Then it has to end by itself. `node --expose-gc leak-soak.ts <front> <origin> <requests> <seed>`

import { createSeededRandom } from '@sluice/core';
import { createProxy } from '@sluice/http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCountingClock } from './counting-clock.ts';
import { createRestlessClients, type RestlessClients } from './restless-clients.ts';

/** What the program prints. */
export interface SoakReport {
  readonly completed: number;
  readonly departures: Readonly<Record<string, number>>;
  readonly surprises: readonly string[];
  /** How often exchanges ended with each status and code. */
  readonly endings: Readonly<Record<string, number>>;
  /** Bytes after each round. The first ones are warm-up. */
  readonly heapBytes: readonly number[];
  readonly bufferBytes: readonly number[];
  readonly warnings: readonly string[];
  /** Of everything that can be left when the proxy is closed: what there is now, and was not before it was made. */
  readonly left: Readonly<Record<string, number>>;
}

const concurrency = 32;
const rounds = 4;

const [front = '', origin = '', requests = '', seed = ''] = process.argv.slice(2);
const warnings: string[] = [];
process.on('warning', ({ name, message }) => warnings.push(`${name}: ${message}`));
console.log(JSON.stringify(await soak(Number(requests), Number(seed))));

async function soak(count: number, randomSeed: number): Promise<SoakReport> {
  const before = openThings();
  const clock = createCountingClock();
  const random = createSeededRandom(randomSeed);
  const proxy = createProxy({ upstream: { endpoints: [origin], health: false, clock, random }, clock, random });
  const endings: Record<string, number> = {};
  proxy.on('exchange-finished', ({ status, error }) => {
    const ending = `${status} ${error?.code ?? 'fine'}`;
    endings[ending] = (endings[ending] ?? 0) + 1;
  });
  const { port } = await proxy.listen({ front: front as 'wire' | 'node' });
  const clients = createRestlessClients(port, random);
  const heapBytes: number[] = [];
  const bufferBytes: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    await act(clients, Math.round(count / (rounds + 1)));
    await eventually(() => proxy.stats().exchangesOpen === 0);
    const { heapUsed, arrayBuffers } = await memory();
    heapBytes.push(heapUsed);
    bufferBytes.push(arrayBuffers);
  }
  await proxy.close();
  clients.close();
  await eventually(() => Object.keys(whatIsLeft(before)).length === 0);
  const { upstream, transport, exchangesOpen } = proxy.stats();
  const left = {
    ...whatIsLeft(before),
    ...nonZero({
      exchanges: exchangesOpen,
      leases: upstream.inFlight,
      connections: transport.openConnections,
      timers: clock.pendingTimers,
    }),
  };
  const { completed, departures, surprises } = clients;
  return { completed, departures, surprises, endings, heapBytes, bufferBytes, warnings, left };
}

async function act(clients: RestlessClients, count: number): Promise<void> {
  let begun = 0;
  const client = async (): Promise<void> => {
    while (begun++ < count) await clients.act();
  };
  await Promise.all(Array.from({ length: concurrency }, client));
}

/** What a full garbage collection leaves; the least of several, because finalisers and compiled code go later. */
async function memory(): Promise<{ heapUsed: number; arrayBuffers: number }> {
  let heapUsed = Infinity;
  let arrayBuffers = Infinity;
  for (let sample = 0; sample < 10; sample++) {
    globalThis.gc?.();
    await sleep(20);
    const usage = process.memoryUsage();
    heapUsed = Math.min(heapUsed, usage.heapUsed);
    arrayBuffers = Math.min(arrayBuffers, usage.arrayBuffers);
  }
  return { heapUsed, arrayBuffers };
}

/** Handles, requests and timers that keep the process alive, and the listeners on the process itself. */
function openThings(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  for (const event of process.eventNames()) {
    const name = `process.on(${String(event)})`;
    counts[name] = process.listenerCount(event);
  }
  return counts;
}

function whatIsLeft(before: Readonly<Record<string, number>>): Record<string, number> {
  const growth = Object.entries(openThings()).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(growth.filter(([name, more]) => more > 0 && name !== 'Timeout'));
}

function nonZero(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

/** Gives what is on its way the time to arrive. What has not come then shows in the report. */
async function eventually(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !condition(); turn++) await sleep(10);
}
