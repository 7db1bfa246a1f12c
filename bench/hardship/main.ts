// `npx -y pnpm@12 bench hardship`: every experiment for every proxy that is asked for, each with a process of its own.
import { writeFileSync } from 'node:fs';
import { takeOrder } from '../command-line.ts';
import { findFreePort } from '../free-port.ts';
import { runWrk } from '../load/wrk.ts';
import { startOrigin } from '../origin.ts';
import { peers, type Peer } from '../peers/all.ts';
import type { PeerJob } from '../peers/peer.ts';
import { readUsage } from '../process-cpu.ts';
import { collectFacts, formatFacts, formatRows, oneLine } from '../report.ts';
import { smallGet } from '../scenarios.ts';
import { describeDeath, isDead, stop, untilListening } from '../tools.ts';
import { withWorkspace } from '../workspace.ts';
import type { Hardship } from './hardship.ts';
import { idleConnections, idleSessions } from './idle-connections.ts';
import { slowReaders, slowStream } from './slow-readers.ts';
import { slowloris } from './slowloris.ts';

const usage = `Puts proxies through what is not load. About a minute for each proxy and experiment.

Usage: npx -y pnpm@12 bench hardship [options]      (without --rounds, --seconds and --warm-up)
`;

/** What became of one proxy in one experiment. */
interface Row {
  readonly peer: string;
  readonly figures: readonly number[];
  /** Why there are none. */
  readonly fault: string | undefined;
}

/** Runs what the command line asks for and prints a table for each experiment. */
export async function runHardships(parameters: readonly string[]): Promise<void> {
  const tasks = [idleConnections, slowReaders, slowloris, idleSessions, slowStream];
  const order = takeOrder(parameters, { usage, tasks, peers, needs: ['nginx', 'wrk', 'taskset'] });
  if (order === undefined) return;
  const results: { readonly hardship: Hardship; readonly rows: readonly Row[] }[] = [];
  const facts = collectFacts(order.peers);
  console.log(formatFacts(facts));
  await withWorkspace(async (folder) => {
    const origin = await startOrigin(folder);
    for (const hardship of order.tasks) {
      const rows: Row[] = [];
      for (const peer of order.peers.filter(({ layer }) => layer === hardship.layer))
        rows.push(await suffer(peer, hardship, { originPorts: origin.ports, tls: undefined, fresh: false, folder }));
      results.push({ hardship, rows });
      console.log(`\n${formatHardship(hardship, rows).join('\n')}`);
    }
    await origin.close();
  });
  if (order.json !== undefined)
    writeFileSync(order.json, `${JSON.stringify({ ...facts, hardships: results }, null, 2)}\n`);
}

function formatHardship({ name, title, columns }: Hardship, rows: readonly Row[]): string[] {
  const cells = ({ peer, figures, fault }: Row): string[] => [
    peer,
    ...columns.map(({ digits }, index) => {
      if (fault !== undefined) return index === 0 ? `not measured: ${oneLine(fault)}` : '';
      return figures[index]?.toFixed(digits) ?? '-';
    }),
  ];
  const table = formatRows(['proxy', ...columns.map((column) => column.title)], rows.map(cells));
  return [`### ${name}: ${title}`, '', ...table];
}

async function suffer(peer: Peer, hardship: Hardship, job: Omit<PeerJob, 'port'>): Promise<Row> {
  const port = await findFreePort();
  const child = peer.start({ ...job, port });
  const { pid } = child;
  const { folder } = job;
  try {
    if (pid === undefined) throw new Error('it does not start');
    await untilListening(port);
    const figures = await hardship.run({
      port,
      residentMiB: () => readResident(pid),
      warmUp: async (seconds) => void (await runWrk({ scenario: smallGet, port, seconds, folder })),
    });
    if (isDead(child)) throw new Error('it died');
    return { peer: peer.name, figures, fault: undefined };
  } catch (error) {
    const fault = isDead(child) ? `it died: ${describeDeath(child)}` : String(error);
    return { peer: peer.name, figures: [], fault };
  } finally {
    await stop(child);
  }
}

/** @returns `NaN` once the process is gone, which the one who watches it is told in another way */
function readResident(pid: number): number {
  try {
    return readUsage(pid).residentMiB;
  } catch {
    return NaN;
  }
}
