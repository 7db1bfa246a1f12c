// `npx -y pnpm@12 bench faults`: what clients notice when origins fail, proxy by proxy. It is about errors, not about speed.
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeOrder } from '../command-line.ts';
import { findFreePort } from '../free-port.ts';
import { nginx } from '../peers/nginx.ts';
import { nodePeer } from '../peers/node-peer.ts';
import type { Peer } from '../peers/peer.ts';
import { collectFacts, formatFacts, formatRows, oneLine } from '../report.ts';
import { describeDeath, isDead, stop, untilListening } from '../tools.ts';
import { withWorkspace } from '../workspace.ts';
import { startClients, type Tally } from './clients.ts';
import { faults, type Fault } from './fault.ts';
import { FaultyOrigin } from './origins.ts';

const usage = `Lets origins fail under load, and counts what clients notice: 500 requests per second for 10 s, one in eleven a POST. About
a quarter of a minute for each proxy and fault.

Usage: npx -y pnpm@12 bench faults [options]      (without --rounds, --seconds and --warm-up)
`;

const peers: readonly Peer[] = [
  nginx,
  nodePeer({ name: 'sluice', title: 'Sluice, defaults', server: 'sluice.ts' }),
  nodePeer({ name: 'sluice-recommended', title: 'Sluice, as recommended', server: 'sluice-recommended.ts' }),
];

const originCount = 5;
/** All is well for so long before a fault, and after it. */
const calmMs = 2_000;

/** One proxy under one fault. */
interface Cell {
  readonly fault: string;
  readonly peer: string;
  readonly gets: number;
  readonly posts: number;
  readonly failedGets: number;
  readonly failedPosts: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** How long clients waited, for answers or until they gave up, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Requests at the origins for each one of a client's, while the fault lasted. */
  readonly load: number | undefined;
  /** Why there are no figures. */
  readonly broken: string | undefined;
}

/** Runs what the command line asks for and prints one table. */
export async function runFaults(parameters: readonly string[]): Promise<void> {
  const order = takeOrder(parameters, { usage, tasks: faults, peers, needs: ['taskset'] });
  if (order === undefined) return;
  const facts = collectFacts(order.peers);
  const cells: Cell[] = [];
  await withWorkspace(async (folder) => {
    for (const fault of order.tasks) {
      for (const peer of order.peers) cells.push(await tryOne(fault, peer, folder));
      console.log(`measured ${fault.name}`);
    }
  });
  console.log(`\n${formatFacts(facts)}\n\n${formatCells(cells).join('\n')}\n`);
  for (const { name, title } of order.tasks) console.log(`- ${name}: ${title}`);
  if (order.json !== undefined) writeFileSync(order.json, `${JSON.stringify({ ...facts, cells }, null, 2)}\n`);
}

async function tryOne(fault: Fault, peer: Peer, folder: string): Promise<Cell> {
  const origins = await Promise.all(Array.from({ length: originCount }, () => FaultyOrigin.start()));
  const port = await findFreePort();
  const originPorts = origins.map((origin) => origin.port);
  const child = peer.start({ port, originPorts, tls: undefined, fresh: false, folder });
  const names = { fault: fault.name, peer: peer.name };
  try {
    await untilListening(port);
    const clients = startClients(port, (fault.lastsMs + 2 * calmMs) / 1000);
    await sleep(calmMs);
    const load = await strike(fault, origins, clients.tally);
    await clients.end;
    if (isDead(child)) throw new Error('it died');
    return { ...names, ...summarize(clients.tally), load, broken: undefined };
  } catch (error) {
    const broken = isDead(child) ? `it died: ${describeDeath(child)}` : String(error);
    return { ...names, ...summarize(undefined), load: undefined, broken };
  } finally {
    await stop(child);
    await Promise.all(origins.map((origin) => origin.close()));
  }
}

/** @returns how many requests the origins saw for each one that was sent meanwhile, if they can tell */
async function strike(fault: Fault, origins: readonly FaultyOrigin[], tally: Tally): Promise<number | undefined> {
  const count = async (): Promise<number> => {
    const seen = await Promise.all(fault.isCounted ? origins.map((origin) => origin.seen()) : []);
    return seen.reduce((sum, requests) => sum + requests, 0);
  };
  const [seenBefore, sentBefore] = [await count(), tally.sent];
  await fault.run(origins);
  const [seenAfter, sentAfter] = [await count(), tally.sent];
  return fault.isCounted ? (seenAfter - seenBefore) / (sentAfter - sentBefore) : undefined;
}

function summarize(tally: Tally | undefined): Omit<Cell, 'fault' | 'peer' | 'load' | 'broken'> {
  const { sent = 0, posts = 0, failedGets = 0, failedPosts = 0, waitsMs = [], reasons = {} } = tally ?? {};
  const sorted = waitsMs.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN;
  return { gets: sent - posts, posts, failedGets, failedPosts, reasons, p50: at(0.5), p99: at(0.99) };
}

function formatCells(cells: readonly Cell[]): string[] {
  const columns = [
    'fault',
    'proxy',
    'failed GETs',
    'failed POSTs',
    'p50 ms',
    'p99 ms',
    'requests at the origins',
    'why',
  ];
  const rows = cells.map(({ fault, peer, gets, posts, failedGets, failedPosts, p50, p99, load, reasons, broken }) => {
    if (broken !== undefined) return [fault, peer, '', '', '', '', '', `not measured: ${oneLine(broken)}`];
    const figures = [`${failedGets} of ${gets}`, `${failedPosts} of ${posts}`, p50.toFixed(1), p99.toFixed(0)];
    const why = Object.entries(reasons).map(([reason, count]) => `${reason} (${count})`);
    return [fault, peer, ...figures, load === undefined ? '-' : `${load.toFixed(2)} per request`, why.join(', ')];
  });
  return formatRows(columns, rows, [0, 1, columns.length - 1]);
}
