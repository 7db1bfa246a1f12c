// A closed loop by wrk: as many requests as the connections allow.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Scenario } from '../scenarios.ts';
import { loadCore } from '../tools.ts';
import type { LoadJob, LoadResult } from './load.ts';
import { requestFields } from './request-fields.ts';

const run = promisify(execFile);

/** Runs wrk for a while. @throws Error when it says nothing that can be read */
export async function runWrk({ scenario, port, seconds, folder }: LoadJob): Promise<LoadResult> {
  const script = path.join(folder, `${scenario.name}.lua`);
  writeFileSync(script, scriptOf(scenario));
  const url = `${scenario.tls ? 'https' : 'http'}://127.0.0.1:${port}${scenario.path}`;
  const options = ['-t1', `-c${scenario.connections}`, `-d${seconds}`, '--latency', '-s', script, url];
  const { stdout } = await run('taskset', ['-c', String(loadCore), 'wrk', ...options]);
  return readResult(stdout);
}

function scriptOf({ bodyBytes, fresh }: Scenario): string {
  const fields = { ...requestFields, ...(fresh ? { Connection: 'close' } : {}) };
  const lines = Object.entries(fields).map(([name, value]) => `wrk.headers["${name}"] = "${value}"`);
  if (bodyBytes > 0) lines.push('wrk.method = "POST"', `wrk.body = string.rep("x", ${bodyBytes})`);
  return `${lines.join('\n')}\n`;
}

/** Reads what wrk prints. */
export function readResult(text: string): LoadResult {
  const [, requests, time, unit] = /(\d+) requests in ([\d.]+)(m?s|m)/.exec(text) ?? [];
  if (requests === undefined) throw new Error(`wrk says ${text}`);
  const errors = [...(/Socket errors: (.*)/.exec(text)?.[1] ?? '').matchAll(/(?:connect|write|timeout) (\d+)/g)];
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  return {
    requests: Number(requests),
    failures: errors.reduce((sum, [, count]) => sum + Number(count), refused),
    seconds: readTime(time, unit) / 1000,
    p50: latencyOf(text, '50'),
    p99: latencyOf(text, '99'),
  };
}

function latencyOf(text: string, percentile: string): number {
  const [, time, unit] = new RegExp(`^\\s+${percentile}%\\s+([\\d.]+)(us|ms|s|m)`, 'm').exec(text) ?? [];
  return readTime(time, unit);
}

function readTime(time = '0', unit = 'ms'): number {
  const factors: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };
  return Number(time) * (factors[unit] ?? 1);
}
