// `npx -y pnpm@12 bench cores`: what a second process on the same port brings (`reusePort`), each on a core of its own.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { takeOrder } from '../command-line.ts';
import { findFreePort } from '../free-port.ts';
import type { LoadResult } from '../load/load.ts';
import { runWrk } from '../load/wrk.ts';
import { startOrigin } from '../origin.ts';
import { readUsage } from '../process-cpu.ts';
import { collectFacts, formatFacts, formatRows } from '../report.ts';
import { smallGet } from '../scenarios.ts';
import { spreadOf } from '../statistics.ts';
import { loadCore, proxyCore, startOn, stop, untilListening } from '../tools.ts';
import { withWorkspace } from '../workspace.ts';

const usage = `Measures one process and two on the same port, with small GETs. On two cores the second one shares its core with origin and load
generator, which then have less for themselves.

Usage: npx -y pnpm@12 bench cores [options]
`;

const file = path.join(import.meta.dirname, '../servers/sluice-shared.ts');
const setups = [
  { name: 'one', cores: [proxyCore], needs: [] },
  { name: 'two', cores: [proxyCore, loadCore], needs: [] },
] as const;

interface Round extends LoadResult {
  readonly cpuUs: number;
}

/** Measures both in interleaved rounds and prints a table. */
export async function runCores(parameters: readonly string[]): Promise<void> {
  const order = takeOrder(parameters, { usage, tasks: [], peers: setups, needs: ['nginx', 'wrk', 'taskset'] });
  if (order === undefined) return;
  const { rounds, seconds, warmUpSeconds } = order.effort;
  const results = order.peers.map((setup) => ({ setup, rounds: [] as Round[] }));
  await withWorkspace(async (folder) => {
    const origin = await startOrigin(folder);
    for (let round = 0; round <= rounds; round++) {
      for (const { setup, rounds: done } of results) {
        const result = await play(setup.cores, origin.ports, folder, round === 0 ? warmUpSeconds : seconds);
        if (round > 0) done.push(result);
      }
    }
    await origin.close();
  });
  const facts = collectFacts([]);
  const rows = results.map(({ setup, rounds: done }) => [
    setup.name,
    spreadOf(done.map((round) => round.requests / round.seconds)).median.toFixed(0),
    spreadOf(done.map((round) => round.cpuUs)).median.toFixed(1),
    spreadOf(done.map((round) => round.p99)).median.toFixed(1),
    String(done.reduce((sum, { failures }) => sum + failures, 0)),
  ]);
  console.log(`${formatFacts(facts)}\n`);
  console.log(formatRows(['processes', 'requests/s', 'CPU us per request', 'p99 ms', 'failed'], rows).join('\n'));
  if (order.json !== undefined) writeFileSync(order.json, `${JSON.stringify({ ...facts, results }, null, 2)}\n`);
}

async function play(
  cores: readonly number[],
  originPorts: readonly number[],
  folder: string,
  seconds: number,
): Promise<Round> {
  const port = await findFreePort();
  const env = { PORT: String(port), ORIGINS: originPorts.map((origin) => `http://127.0.0.1:${origin}`).join(',') };
  const children = cores.map((core) => startOn(core, process.execPath, [file], env));
  try {
    await untilListening(port);
    // Not counted: until all of them listen, and the compiler has seen the code.
    await runWrk({ scenario: smallGet, port, seconds: 2, folder });
    const used = (): number => children.reduce((sum, { pid = 0 }) => sum + readUsage(pid).cpuMs, 0);
    const before = used();
    const result = await runWrk({ scenario: smallGet, port, seconds, folder });
    return { ...result, cpuUs: ((used() - before) * 1000) / result.requests };
  } finally {
    for (const child of children) await stop(child);
  }
}
