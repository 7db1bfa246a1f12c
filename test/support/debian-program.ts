// Programs of Debian that tests talk to: real servers behind the proxy. Each is started by its test, on a free port, and ended with it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { findFreePort } from '../../bench/free-port.ts';
import { describeMissing, findTool, stop, untilListening } from '../../bench/tools.ts';

/** Throws with the command that installs what is missing. */
export function requireProgram(name: string): string {
  const missing = describeMissing([name]);
  if (missing !== undefined) throw new Error(missing);
  return findTool(name) ?? name;
}

/** A folder for files of a program, removed with the test. */
export function createProgramFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text, { mode: 0o600 });
  return folder;
}

/** Starts a server and waits until it listens. */
export async function startProgram(name: string, parameters: readonly string[], port: number): Promise<void> {
  const child = spawn(requireProgram(name), parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
  onTestFinished(() => stop(child));
  await untilListening(port);
}

/** A program that runs until it is killed, by the test or with it. */
export interface RunningProgram {
  /** Everything that it has printed. */
  readonly output: () => string;
  /** Tells it something, such as to read its files again. */
  readonly signal: (what: NodeJS.Signals) => void;
  /** Ends it without giving it a chance to say so. */
  kill(): Promise<void>;
}

/** Starts a program; when it is ready is for the caller to find out. */
export function spawnProgram(name: string, parameters: readonly string[]): RunningProgram {
  const child = spawn(requireProgram(name), parameters, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(child, 'exit');
  const program = {
    output: () => output,
    signal: (what: NodeJS.Signals) => void child.kill(what),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
  onTestFinished(() => program.kill());
  return program;
}

/** Runs a program to its end, without input. Rejects when it fails. @returns what it has printed */
export async function runProgram(name: string, parameters: readonly string[]): Promise<string> {
  const running = promisify(execFile)(requireProgram(name), parameters, { timeout: 20_000 });
  running.child.stdin?.end();
  return (await running).stdout;
}

/**
 * Starts nginx with servers of its `http` block.
 *
 * @param files - Beside its configuration, such as certificates.
 * @returns the port
 */
export function startNginx(
  servers: (port: number, folder: string) => string,
  files: Readonly<Record<string, string>> = {},
): Promise<number> {
  return startNginxWith(
    (port, folder) => `http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi; ${servers(port, folder)} }`,
    files,
  );
}

/** The same with servers of its `stream` block. */
export function startStreamNginx(servers: (port: number) => string): Promise<number> {
  const module = requireProgram('ngx_stream_module.so');
  return startNginxWith((port) => `stream { access_log off; ${servers(port)} }`, {}, `load_module ${module};`);
}

async function startNginxWith(
  block: (port: number, folder: string) => string,
  files: Readonly<Record<string, string>>,
  modules = '',
): Promise<number> {
  const port = await findFreePort();
  const folder = createProgramFolder(files);
  const config = path.join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `${modules} daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 64; } ${block(port, folder)}`,
  );
  await startProgram('nginx', ['-c', config, '-e', path.join(folder, 'error.log')], port);
  return port;
}

/**
 * Starts HAProxy.
 *
 * @param sections - Behind `global` and `defaults`, in which mode is `tcp`.
 * @param files - Beside its configuration, such as certificates.
 * @returns the port
 */
export async function startHaproxy(
  sections: (port: number, folder: string) => string,
  files: Readonly<Record<string, string>> = {},
): Promise<number> {
  const port = await findFreePort();
  const folder = createProgramFolder(files);
  const config = path.join(folder, 'haproxy.cfg');
  const times = ['connect', 'client', 'server'].map((side) => `  timeout ${side} 10s\n`).join('');
  writeFileSync(config, `global\n  nbthread 1\ndefaults\n  mode tcp\n${times}${sections(port, folder)}\n`);
  await startProgram('haproxy', ['-db', '-q', '-f', config], port);
  return port;
}
