// What the bench says at its end: a table for people, and the same as JSON.
import { cpus, release, totalmem } from 'node:os';
import type { Peer } from './peers/peer.ts';
import type { Effort, Measurement, ScenarioResult } from './rounds.ts';
import type { Spread } from './statistics.ts';

/** What figures are worth nothing without. */
export interface Facts {
  readonly machine: string;
  readonly node: string;
  /** A day, as `2026-11-24`. */
  readonly date: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Everything that was measured. */
export interface Report extends Facts {
  readonly effort: Effort;
  readonly scenarios: readonly ScenarioResult[];
}

/** Where and with what it is measured. */
export function collectFacts(peers: readonly Pick<Peer, 'name' | 'version'>[]): Facts {
  const [cpu] = cpus();
  return {
    machine: `${cpus().length} x ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    versions: Object.fromEntries(peers.map((peer) => [peer.name, peer.version()])),
  };
}

/** The facts as a line of Markdown. */
export function formatFacts({ machine, node, date, versions }: Facts): string {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const text = programs.length === 0 ? '' : ` Versions: ${programs.join(', ')}.`;
  return `Measured on ${date}: ${machine}. Node ${node}.${text}`;
}

/** The report as Markdown. */
export function formatReport(report: Report): string {
  const { effort, scenarios } = report;
  const lines = [
    formatFacts(report),
    `Each proxy on one core, ${effort.rounds} interleaved rounds of ${effort.seconds} s.`,
  ];
  for (const { scenario, note, measurements } of scenarios) {
    lines.push('', `### ${scenario.name}: ${scenario.title}`, '');
    if (note !== undefined) lines.push(note, '');
    lines.push(...formatTable(measurements, scenario.rate !== undefined));
  }
  return `${lines.join('\n')}\n`;
}

/** One scenario's table. A ratio is one to the first peer: the median over the rounds, and the quartiles. In an open loop latencies have theirs, too. */
export function formatTable(measurements: readonly Measurement[], isOpenLoop = false): string[] {
  const columns = ['CPU per request, ratio', 'us', 'requests/s', 'p50 ms', 'p99 ms'];
  if (isOpenLoop) columns.push('p50 ratio', 'p99 ratio');
  columns.push('peak MiB', 'failed');
  const rows = measurements.map((measurement) => {
    const { peer, fault, ratio, cpuUs, requestsPerSecond, p50, p99, p50Ratio, p99Ratio } = measurement;
    if (fault !== undefined) return [peer, `not measured: ${oneLine(fault)}`, ...columns.slice(1).map(() => '')];
    const cells = [peer, `${two(ratio.median)} (${quartiles(ratio)})`, cpuUs.median.toFixed(1)];
    cells.push(requestsPerSecond.median.toFixed(0), two(p50.median), two(p99.median));
    if (isOpenLoop) cells.push(`${two(p50Ratio.median)} (${quartiles(p50Ratio)})`);
    if (isOpenLoop) cells.push(`${two(p99Ratio.median)} (${quartiles(p99Ratio)})`);
    return [...cells, measurement.peakMiB.toFixed(0), String(measurement.failures)];
  });
  return formatRows(['proxy', ...columns], rows);
}

/** A table of Markdown. @param texts - Which columns are no figures */
export function formatRows(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  texts: readonly number[] = [0],
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(columns), line(columns.map((_, index) => (texts.includes(index) ? '---' : '--:'))), ...rows.map(line)];
}

/** The beginning of a text from elsewhere, as it may stand in a cell. */
export function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('|', '/').trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

function quartiles({ low, high }: Spread): string {
  return `${two(low)}-${two(high)}`;
}

function two(value: number): string {
  // What the load generator does not tell.
  return Number.isNaN(value) ? '-' : value.toFixed(2);
}
