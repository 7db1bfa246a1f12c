// What a process has used so far, as the kernel counts it.
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of a tick of /proc, which is 100 to the second on Linux. */
const tickMs = 10;

/** What a process has used. */
export interface Usage {
  /** Time of all threads in user and kernel mode, in milliseconds. */
  readonly cpuMs: number;
  /** The memory that is resident now, and the most that was, in MiB. */
  readonly residentMiB: number;
  readonly peakMiB: number;
}

/** What a process and its children use together. */
export function readUsage(pid: number): Usage {
  const all = [pid, ...childrenOf(pid)].map(readOne);
  return {
    cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    residentMiB: all.reduce((sum, { residentMiB }) => sum + residentMiB, 0),
    peakMiB: all.reduce((sum, { peakMiB }) => sum + peakMiB, 0),
  };
}

function readOne(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? '0') / 1024;
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs,
    residentMiB: mebibytes('VmRSS'),
    peakMiB: mebibytes('VmHWM'),
  };
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}
