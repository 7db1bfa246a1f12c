// The programs that the bench runs beside node, and where each comes from.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:net';

/** The Debian package of each program. */
const packages: Readonly<Record<string, string>> = {
  nginx: 'nginx-light',
  'ngx_stream_module.so': 'libnginx-mod-stream',
  haproxy: 'haproxy',
  wrk: 'wrk',
  taskset: 'util-linux',
  openssl: 'openssl',
  dig: 'bind9-dnsutils',
  dnsperf: 'dnsperf',
  dnsmasq: 'dnsmasq-base',
  unbound: 'unbound',
  smtpd: 'opensmtpd',
  dovecot: 'dovecot-imapd',
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  scp: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  'redis-server': 'redis-server',
  'redis-benchmark': 'redis-tools',
  'redis-cli': 'redis-tools',
  curl: 'curl',
  swaks: 'swaks',
};

/** Where a program or a module of nginx is, or `undefined`. */
export function findTool(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/usr/lib/nginx/modules'];
  return folders
    .map((folder) => path.join(folder, name))
    .find((file) => {
      try {
        accessSync(file, name.endsWith('.so') ? constants.R_OK : constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** What to say about programs that are missing; `undefined` when all are there. */
export function describeMissing(names: readonly string[]): string | undefined {
  const missing = names.filter((name) => findTool(name) === undefined);
  if (missing.length === 0) return undefined;
  const debian = missing.map((name) => packages[name] ?? name).join(' ');
  return `${missing.join(', ')} not found: apt-get install --no-install-recommends ${debian}`;
}

/** The first line that a program says about its version. */
export function versionOf(name: string, ...options: string[]): string {
  const file = findTool(name);
  if (file === undefined) return 'not installed';
  const text = execFileSync('sh', ['-c', `"${file}" ${options.join(' ')} 2>&1 || true`], { encoding: 'utf8' });
  return /\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? text.split('\n', 1).join('');
}

/** The core of the proxies, and the one of everything else. */
export const proxyCore = 0;
export const loadCore = 1;

const running = new Set<ChildProcess>();
const outputs = new WeakMap<ChildProcess, string>();
const keptCharacters = 2_000;

/** Gives a program as many open files as there may be. */
const withFiles = 'ulimit -n "$(ulimit -Hn)"; exec "$@"';

/** Starts a program on one core. It is ended with the bench. */
export function startOn(
  core: number,
  file: string,
  parameters: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const child = spawn('taskset', ['-c', String(core), 'sh', '-c', withFiles, 'sh', file, ...parameters], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      outputs.set(child, ((outputs.get(child) ?? '') + text).slice(-keptCharacters));
    });
  }
  return child;
}

/** Whether a program has ended, by itself or by a signal. */
export function isDead({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** How a program has ended, and what it said last. */
export function describeDeath(child: ChildProcess): string {
  const how = child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
  const output = outputs.get(child)?.trim() ?? '';
  return `${how}, ${output === '' ? 'without a word' : `its last output: ${output}`}`;
}

/** Moves this process, its threads included, to a core. */
export function moveTo(core: number): void {
  execFileSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)], { stdio: 'ignore' });
}

/** Ends a program and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (isDead(child)) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 2_000);
  await once(child, 'exit');
  clearTimeout(timer);
}

/** Ends everything at once, for when the bench itself ends early. */
export function stopAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Resolves when something listens on a port. @throws Error after ten seconds */
export async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1');
    const isUp = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isUp) return;
    await sleep(50);
  }
  throw new Error(`nothing listens on port ${port}`);
}
