// Measures one scenario: all peers are up, and take turns. A ratio is taken inside each round, where both sides met the same machine.
import type { ChildProcess } from 'node:child_process';
import { findFreePort } from './free-port.ts';
import { runDnsperf } from './load/dnsperf.ts';
import type { LoadResult } from './load/load.ts';
import { runOpenLoop } from './load/open-loop.ts';
import { runWrk } from './load/wrk.ts';
import type { Peer, PeerJob } from './peers/peer.ts';
import { readUsage } from './process-cpu.ts';
import type { Scenario } from './scenarios.ts';
import { spreadOf, type Spread } from './statistics.ts';
import { stop, untilListening } from './tools.ts';
import { findFault } from './verify.ts';
import { findDatagramFault } from './verify-datagrams.ts';

/** How much is measured. */
export interface Effort {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** What one peer has shown in one scenario. */
export interface Measurement {
  readonly peer: string;
  /** Why there are no figures. */
  readonly fault: string | undefined;
  /** CPU time for a request, in microseconds. */
  readonly cpuUs: Spread;
  /** The same as a ratio to the first peer, round by round. */
  readonly ratio: Spread;
  readonly requestsPerSecond: Spread;
  /** Milliseconds. */
  readonly p50: Spread;
  readonly p99: Spread;
  readonly peakMiB: number;
  readonly failures: number;
}

/** What all peers of a scenario have in common. */
type Job = Omit<PeerJob, 'port' | 'fresh'>;

interface Contestant {
  readonly peer: Peer;
  readonly port: number;
  readonly child: ChildProcess;
  readonly results: (LoadResult & { readonly cpuUs: number })[];
  fault: string | undefined;
}

/** Measures the peers that can take part, the first one being what the others are compared with. */
export async function measure(
  scenario: Scenario,
  peers: readonly Peer[],
  job: Job,
  effort: Effort,
): Promise<Measurement[]> {
  const contestants: Contestant[] = [];
  try {
    for (const peer of peers) contestants.push(await enter(peer, scenario, job));
    for (const contestant of contestants) await play(contestant, scenario, job.folder, effort.warmUpSeconds);
    for (const { results } of contestants) results.length = 0;
    for (let round = 0; round < effort.rounds; round++) {
      for (const contestant of contestants) await play(contestant, scenario, job.folder, effort.seconds);
    }
    return contestants.map((contestant) => summarize(contestant, contestants[0]));
  } finally {
    for (const { child } of contestants) await stop(child);
  }
}

async function enter(peer: Peer, scenario: Scenario, job: Job): Promise<Contestant> {
  const port = await findFreePort();
  const child = peer.start({ ...job, port, tls: scenario.tls ? job.tls : undefined, fresh: scenario.fresh });
  let fault: string | undefined;
  try {
    if (scenario.layer !== 'udp') await untilListening(port);
    fault = scenario.layer === 'udp' ? await findDatagramFault(port) : await findFault(scenario, port);
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  return { peer, port, child, results: [], fault };
}

async function play(contestant: Contestant, scenario: Scenario, folder: string, seconds: number): Promise<void> {
  const { child, port, results, fault } = contestant;
  if (fault !== undefined || child.pid === undefined || seconds === 0) return;
  if (child.exitCode !== null) {
    contestant.fault = 'it died under load';
    return;
  }
  const before = readUsage(child.pid);
  const run = scenario.layer === 'udp' ? runDnsperf : scenario.rate === undefined ? runWrk : runOpenLoop;
  const result = await run({ scenario, port, seconds, folder });
  const after = readUsage(child.pid);
  results.push({ ...result, cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / Math.max(1, result.requests) });
}

function summarize({ peer, child, results, fault }: Contestant, base: Contestant | undefined): Measurement {
  const ratios = results.map(({ cpuUs }, round) => cpuUs / (base?.results[round]?.cpuUs ?? Infinity));
  return {
    peer: peer.name,
    fault,
    cpuUs: spreadOf(results.map(({ cpuUs }) => cpuUs)),
    ratio: spreadOf(ratios),
    requestsPerSecond: spreadOf(results.map(({ requests, seconds }) => requests / seconds)),
    p50: spreadOf(results.map(({ p50 }) => p50)),
    p99: spreadOf(results.map(({ p99 }) => p99)),
    peakMiB: child.pid === undefined || child.exitCode !== null ? 0 : readUsage(child.pid).peakMiB,
    failures: results.reduce((sum, { failures }) => sum + failures, 0),
  };
}
