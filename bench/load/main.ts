// The bench proper: for each scenario, all peers in interleaved rounds; a report of ratios at the end.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { takeOrder } from '../command-line.ts';
import { startDatagramOrigin, type DatagramOrigin } from '../datagram-origin.ts';
import { startOrigin, type CertificateFiles, type Origin } from '../origin.ts';
import { peers, type Peer } from '../peers/all.ts';
import { collectFacts, formatReport } from '../report.ts';
import { measure, type Effort, type ScenarioResult } from '../rounds.ts';
import { scenarios, type Scenario } from '../scenarios.ts';
import { withWorkspace } from '../workspace.ts';

const usage = `Measures proxies side by side: CPU time for each request, as a ratio to the first one.

Usage: npx -y pnpm@12 bench [options]
       npx -y pnpm@12 bench hardship [options]   idle connections, slow readers, slowloris
       npx -y pnpm@12 bench faults [options]     origins that die, freeze, dawdle or talk nonsense
       npx -y pnpm@12 bench cores [options]      one process and two on the same port
       npx -y pnpm@12 bench micro                picks of the balancers and speed of the parser, without a network
`;

/** Measures what the command line asks for and prints the report. */
export async function runLoads(parameters: readonly string[]): Promise<void> {
  const needs = ['nginx', 'wrk', 'taskset', 'openssl'];
  const order = takeOrder(parameters, { usage, tasks: scenarios, peers, needs });
  if (order === undefined) return;
  const { tasks, effort, json } = order;
  console.log(`about ${minutes(tasks.length, order.peers.length, effort)} minutes`);
  const results: ScenarioResult[] = [];
  await withWorkspace(async (folder) => {
    const tls = makeCertificate(folder);
    const origin = await startOrigin(folder, tls);
    const echo = await startDatagramOrigin();
    for (const scenario of tasks) {
      const able = order.peers.filter(
        ({ layer, servesTls }: Peer) => layer === scenario.layer && (!scenario.tls || servesTls),
      );
      const originPorts = portsFor(scenario, origin, echo);
      results.push(await measure(scenario, able, { originPorts, tls, folder }, effort));
      console.log(`measured ${scenario.name}, ${results.length} of ${tasks.length}`);
    }
    await echo.close();
    await origin.close();
  });
  const report = { ...collectFacts(order.peers), effort, scenarios: results };
  console.log(`\n${formatReport(report)}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
}

function portsFor({ layer, tls }: Scenario, origin: Origin, echo: DatagramOrigin): readonly number[] {
  if (layer === 'udp') return echo.ports;
  return layer === 4 && tls ? origin.tlsPorts : origin.ports;
}

function makeCertificate(folder: string): CertificateFiles {
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
