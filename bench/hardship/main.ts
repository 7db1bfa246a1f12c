// `npx -y pnpm@12 bench hardship`: every experiment for every proxy that is asked for, each with a process of its own.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from '../free-port.ts';
import { startOrigin } from '../origin.ts';
import { runWrk } from '../load/wrk.ts';
import type { Peer, PeerJob } from '../peers/peer.ts';
import { readUsage } from '../process-cpu.ts';
import { smallGet } from '../scenarios.ts';
import { stop, untilListening } from '../tools.ts';
import type { Hardship } from './hardship.ts';
import { idleConnections } from './idle-connections.ts';
import { slowReaders } from './slow-readers.ts';
import { slowloris } from './slowloris.ts';

const hardships: readonly Hardship[] = [idleConnections, slowReaders, slowloris];

/** Runs all and prints a table for each. */
export async function runHardships(peers: readonly Peer[]): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  chmodSync(folder, 0o755);
  const origin = await startOrigin(folder);
  try {
    for (const hardship of hardships) {
      const columns = ['proxy', ...hardship.columns];
      console.log(`### ${hardship.name}: ${hardship.title}\n`);
      console.log(`| ${columns.join(' | ')} |\n| --- |${' --: |'.repeat(hardship.columns.length)}`);
      for (const peer of peers) {
        const cells = await suffer(peer, hardship, { originPorts: origin.ports, tls: undefined, fresh: false, folder });
        console.log(`| ${[peer.name, ...cells].join(' | ')} |`);
      }
      console.log('');
    }
  } finally {
    await origin.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function suffer(peer: Peer, hardship: Hardship, job: Omit<PeerJob, 'port'>): Promise<readonly string[]> {
  const port = await findFreePort();
  const child = peer.start({ ...job, port });
  const { pid } = child;
  try {
    if (pid === undefined) throw new Error('it does not start');
    await untilListening(port);
    const { folder } = job;
    return await hardship.run({
      port,
      residentMiB: () => readUsage(pid).residentMiB,
      warmUp: async (seconds) => void (await runWrk({ scenario: smallGet, port, seconds, folder })),
    });
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  } finally {
    await stop(child);
  }
}
