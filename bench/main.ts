// The bench: for each scenario, all peers in interleaved rounds; a report of ratios at the end.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { help, readCommandLine, type Order } from './command-line.ts';
import { runHardships } from './hardship/main.ts';
import { startDatagramOrigin, type DatagramOrigin } from './datagram-origin.ts';
import { startOrigin, type Origin } from './origin.ts';
import type { Peer } from './peers/all.ts';
import { formatReport, makeReport, type Report } from './report.ts';
import { measure, type Effort } from './rounds.ts';
import type { Scenario } from './scenarios.ts';
import { describeMissing, stopAll } from './tools.ts';

const [first] = process.argv.slice(2);
if (first === 'micro') await import('./micro/main.ts');
else await main(first === 'hardship');

async function main(isHardship: boolean): Promise<void> {
  let order: Order | 'help';
  try {
    order = readCommandLine(process.argv.slice(isHardship ? 3 : 2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)} (--help lists the options)`);
    process.exitCode = 2;
    return;
  }
  if (order === 'help') {
    process.stdout.write(help);
    return;
  }
  const needed = new Set(['nginx', 'wrk', 'taskset', 'openssl', ...order.peers.flatMap((peer) => peer.needs)]);
  const missing = describeMissing([...needed]);
  if (missing !== undefined) {
    console.error(missing);
    process.exitCode = 1;
  } else if (isHardship) await runHardships(order.peers);
  else await run(order);
}

async function run({ scenarios, peers, effort, json }: Order): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  // The workers of a server that root has started are somebody else.
  chmodSync(folder, 0o755);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopAll();
      rmSync(folder, { recursive: true, force: true });
      process.exit(130);
    });
  }
  const tls = makeCertificate(folder);
  console.log(`about ${minutes(scenarios.length, peers.length, effort)} minutes`);
  const origin = await startOrigin(folder, tls);
  const echo = await startDatagramOrigin();
  const results: Report['scenarios'][number][] = [];
  try {
    for (const scenario of scenarios) {
      const able = peers.filter((peer: Peer) => peer.layer === scenario.layer && (!scenario.tls || peer.servesTls));
      const originPorts = portsFor(scenario, origin, echo);
      const measurements = await measure(scenario, able, { originPorts, tls, folder }, effort);
      results.push({ scenario, measurements });
      console.log(`measured ${scenario.name}, ${results.length} of ${scenarios.length}`);
    }
  } finally {
    await echo.close();
    await origin.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const report = makeReport(peers, effort, results);
  console.log(`\n${formatReport(report)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
}

function portsFor({ layer, tls }: Scenario, origin: Origin, echo: DatagramOrigin): readonly number[] {
  if (layer === 'udp') return echo.ports;
  return layer === 4 && tls ? origin.tlsPorts : origin.ports;
}

function makeCertificate(folder: string): { readonly cert: string; readonly key: string } {
  const cert = path.join(folder, 'cert.pem');
  const key = path.join(folder, 'key.pem');
  const options = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const files = ['-subj', '/CN=localhost', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', ...options, ...files], { stdio: 'ignore' });
  return { cert, key };
}

function minutes(scenarioCount: number, peerCount: number, { rounds, seconds, warmUpSeconds }: Effort): number {
  return Math.ceil((scenarioCount * peerCount * (rounds * seconds + warmUpSeconds + 1)) / 60);
}
