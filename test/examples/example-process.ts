// Starts an example as a user does, in a process of its own, and lets a test read its output and stop it.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { onTestFinished } from 'vitest';

const repositoryRoot = path.resolve(import.meta.dirname, '../..');

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExampleProcess {
  /** Waits until the output matches; rejects when the process ends without. The first group is returned, else the match. */
  readonly output: (pattern: RegExp) => Promise<string>;
  readonly type: (keys: string) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ending>;
}

/** Starts `node file ...args` in the root of the repository, on any free port unless told otherwise. Ends with the test at the latest. */
export function startExample(file: string, args: readonly string[] = [], port = '0'): ExampleProcess {
  return startProcess(process.execPath, [file, ...args], { PORT: port });
}

/** Starts any command in the root of the repository. */
export function startProcess(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ExampleProcess {
  const child = spawn(command, args, { cwd: repositoryRoot, env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  const onOutput = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const listener of onOutput) listener();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });

  const output = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(stdout);
        if (match === null) return;
        onOutput.delete(look);
        resolve(match[1] ?? match[0]);
      };
      onOutput.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without ${String(pattern)}:\n${stdout}${stderr}`)), reject);
    });
  return {
    output,
    type: (keys) => void child.stdin.write(keys),
    kill: (signal) => void child.kill(signal),
    ended,
  };
}
