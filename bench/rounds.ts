// Measures one scenario: all peers are up, and take turns. A ratio is taken inside each round, where both sides met the same machine.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from './free-port.ts';
import { runDnsperf } from './load/dnsperf.ts';
import type { LoadResult } from './load/load.ts';
import { runOpenLoop } from './load/open-loop.ts';
import { runWrk } from './load/wrk.ts';
import type { Peer, PeerJob } from './peers/peer.ts';
import { readUsage } from './process-cpu.ts';
import type { Scenario } from './scenarios.ts';
import { spreadOf, type Spread } from './statistics.ts';
import { describeDeath, isDead, stop, untilListening } from './tools.ts';
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
  /** Milliseconds, and the same as ratios. */
  readonly p50: Spread;
  readonly p50Ratio: Spread;
  readonly p99: Spread;
  readonly p99Ratio: Spread;
  readonly peakMiB: number;
  readonly failures: number;
}

/** What a scenario has shown. */
export interface ScenarioResult {
  /** As it was measured: an open loop may have been slower than asked for. */
  readonly scenario: Scenario;
  readonly note: string | undefined;
  readonly measurements: readonly Measurement[];
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
): Promise<ScenarioResult> {
  const contestants: Contestant[] = [];
  try {
    for (const peer of peers) contestants.push(await enter(peer, scenario, job));
    const { folder } = job;
    for (const contestant of contestants) await play(contestant, { ...scenario, rate: undefined }, folder, effort, 0);
    const { paced, note } = pace(scenario, contestants[0]);
    for (const { results } of contestants) results.length = 0;
    for (let round = 1; round <= effort.rounds; round++) {
      for (const contestant of contestants) await play(contestant, paced, folder, effort, round);
    }
    const measurements = contestants.map((contestant) => summarize(contestant, contestants[0]));
    return { scenario: paced, note, measurements };
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
    fault = isDead(child) ? `it did not start: ${describeDeath(child)}` : String(error);
  }
  return { peer, port, child, results: [], fault };
}

/** A rate that leaves time to spare: what was asked for, or a third of the first peer's most, which the warm-up has shown. */
function pace(scenario: Scenario, base: Contestant | undefined): { paced: Scenario; note: string | undefined } {
  const last = base?.results.at(-1);
  if (scenario.rate === undefined || base === undefined || last === undefined)
    return { paced: scenario, note: undefined };
  const most = last.requests / last.seconds;
  const rate = Math.min(scenario.rate, Math.round(most / 3));
  const kind = rate < scenario.rate ? `a third of what ${base.peer.name} can do here` : 'as asked for';
  return {
    paced: { ...scenario, rate },
    note: `${rate} requests per second, ${kind}: at most ${Math.round(most)} came out of ${base.peer.name} in the warm-up.`,
  };
}

/** Round 0 is the warm-up. */
async function play(
  contestant: Contestant,
  scenario: Scenario,
  folder: string,
  { rounds, seconds, warmUpSeconds }: Effort,
  round: number,
): Promise<void> {
  const { child, port, results, peer, fault } = contestant;
  const length = round === 0 ? warmUpSeconds : seconds;
  if (fault !== undefined || child.pid === undefined || length === 0) return;
  const run = scenario.layer === 'udp' ? runDnsperf : scenario.rate === undefined ? runWrk : runOpenLoop;
  let failure = '';
  try {
    const before = readUsage(child.pid);
    const result = await run({ scenario, port, seconds: length, folder });
    const after = readUsage(child.pid);
    results.push({ ...result, cpuUs: ((after.cpuMs - before.cpuMs) * 1000) / Math.max(1, result.requests) });
  } catch (error) {
    failure = String(error);
    // Load and kernel may know of a death before node does.
    if (!isDead(child)) await Promise.race([once(child, 'exit'), sleep(1000, undefined, { ref: false })]);
  }
  const when = round === 0 ? 'in the warm-up' : `in round ${round} of ${rounds}`;
  if (isDead(child)) contestant.fault = `it died ${when}: ${describeDeath(child)}`;
  else if (failure !== '') contestant.fault = `no figures ${when}: ${failure}`;
  if (contestant.fault !== undefined) console.error(`${scenario.name}, ${peer.name}: ${contestant.fault}`);
}

function summarize({ peer, child, results, fault }: Contestant, base: Contestant | undefined): Measurement {
  const ratios = (figure: (result: Contestant['results'][number]) => number): Spread =>
    spreadOf(
      results.flatMap((result, round) => {
        const other = base?.results[round];
        return other === undefined ? [] : [figure(result) / figure(other)];
      }),
    );
  return {
    peer: peer.name,
    fault,
    cpuUs: spreadOf(results.map(({ cpuUs }) => cpuUs)),
    ratio: ratios(({ cpuUs }) => cpuUs),
    requestsPerSecond: spreadOf(results.map(({ requests, seconds }) => requests / seconds)),
    p50: spreadOf(results.map(({ p50 }) => p50)),
    p50Ratio: ratios(({ p50 }) => p50),
    p99: spreadOf(results.map(({ p99 }) => p99)),
    p99Ratio: ratios(({ p99 }) => p99),
    peakMiB: child.pid === undefined || isDead(child) ? NaN : readUsage(child.pid).peakMiB,
    failures: results.reduce((sum, { failures }) => sum + failures, 0),
  };
}
