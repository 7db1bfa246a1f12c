// A closed loop of datagrams by dnsperf: it sends small ones from many ports, and counts what comes back; what is in it, it does not mind.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { loadCore } from '../tools.ts';
import type { LoadJob, LoadResult } from './load.ts';

const run = promisify(execFile);

/** Runs dnsperf for a while. @throws Error when it says nothing that can be read */
export async function runDnsperf({ scenario, port, seconds, folder }: LoadJob): Promise<LoadResult> {
  const queries = path.join(folder, 'queries');
  writeFileSync(queries, 'host.example A\n');
  const { connections } = scenario;
  const clients = ['-c', String(connections), '-q', String(connections), '-T', '1', '-t', '1'];
  const options = ['-s', '127.0.0.1', '-p', String(port), '-d', queries, '-l', String(seconds), ...clients];
  const { stdout } = await run('taskset', ['-c', String(loadCore), 'dnsperf', ...options]);
  return readResult(stdout);
}

/** Reads what dnsperf prints. It knows averages only, which are neither of our figures. */
function readResult(text: string): LoadResult {
  const read = (title: string): number => Number(new RegExp(`${title}:\\s+([\\d.]+)`).exec(text)?.[1] ?? NaN);
  const requests = read('Queries completed');
  if (Number.isNaN(requests)) throw new Error(`dnsperf says ${text}`);
  return { requests, failures: read('Queries lost'), seconds: read('Run time \\(s\\)'), p50: NaN, p99: NaN };
}
