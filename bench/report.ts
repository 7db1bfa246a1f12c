// What the bench says at its end: a table for people, and the same as JSON.
import { cpus, release, totalmem } from 'node:os';
import type { Peer } from './peers/peer.ts';
import type { Effort, Measurement } from './rounds.ts';
import type { Scenario } from './scenarios.ts';
import type { Spread } from './statistics.ts';

/** Everything that was measured. */
export interface Report {
  readonly machine: string;
  readonly node: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly effort: Effort;
  readonly scenarios: readonly { readonly scenario: Scenario; readonly measurements: readonly Measurement[] }[];
}

/** Adds the facts to the figures. */
export function makeReport(peers: readonly Peer[], effort: Effort, scenarios: Report['scenarios']): Report {
  const [cpu] = cpus();
  return {
    machine: `${cpus().length} x ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    node: process.version,
    versions: Object.fromEntries(peers.map((peer) => [peer.name, peer.version()])),
    effort,
    scenarios,
  };
}

/** The report as Markdown. */
export function formatReport({ machine, node, versions, effort, scenarios }: Report): string {
  const lines = [
    `Machine: ${machine}. Node ${node}. Each proxy on one core, ${effort.rounds} interleaved rounds of ${effort.seconds} s.`,
    `Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
  ];
  for (const { scenario, measurements } of scenarios) {
    lines.push('', `### ${scenario.name}: ${scenario.title}`, '', ...formatTable(measurements));
  }
  return `${lines.join('\n')}\n`;
}

/** One scenario's table. CPU is a ratio to the first peer: the median over the rounds, and the quartiles. */
export function formatTable(measurements: readonly Measurement[]): string[] {
  const rows = measurements.map((measurement) => {
    const { peer, fault, ratio, cpuUs, requestsPerSecond, p50, p99, peakMiB, failures } = measurement;
    if (fault !== undefined) return `| ${peer} | not measured: ${fault} | | | | | | |`;
    const cells = [
      peer,
      `${two(ratio.median)} (${quartiles(ratio)})`,
      cpuUs.median.toFixed(1),
      requestsPerSecond.median.toFixed(0),
      two(p50.median),
      two(p99.median),
      peakMiB.toFixed(0),
      String(failures),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| proxy | CPU per request, ratio | us | requests/s | p50 ms | p99 ms | peak MiB | failed |',
    '| --- | --: | --: | --: | --: | --: | --: | --: |',
    ...rows,
  ];
}

function quartiles({ low, high }: Spread): string {
  return `${two(low)}-${two(high)}`;
}

function two(value: number): string {
  // What the load generator does not tell.
  return Number.isNaN(value) ? '-' : value.toFixed(2);
}
