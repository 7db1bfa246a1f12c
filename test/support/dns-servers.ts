// Real DNS servers behind a proxy (dnsmasq, unbound), and queries for the wire.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Resolver } from 'node:dns/promises';
import { vi } from 'vitest';
import { reservePort } from './datagram-peer.ts';
import { createProgramFolder, spawnProgram, type RunningProgram } from './debian-program.ts';

export interface DnsServer {
  readonly port: number;
  readonly address: string;
  readonly program: RunningProgram;
}

/** Text that fits into a datagram only with EDNS. */
export const longText: string = 'x'.repeat(200);

/** Without anything of the machine's own. */
const standalone = [
  '--no-daemon',
  '--conf-file=/dev/null',
  '--no-resolv',
  '--no-hosts',
  '--pid-file=',
  '--user=root',
  '--bind-interfaces',
];

/** Starts a dnsmasq that answers every name under `test` with `answer`, `long.test TXT` with 800 bytes, and logs its queries. */
export async function startDnsmasq(answer: string, port?: number): Promise<DnsServer> {
  const at = port ?? (await reservePort());
  const program = spawnProgram('dnsmasq', [
    ...standalone,
    '--listen-address=127.0.0.1,::1',
    `--port=${at}`,
    `--address=/test/${answer}`,
    `--txt-record=long.test,${Array.from({ length: 4 }, () => longText).join(',')}`,
    '--edns-packet-max=4096',
    '--log-queries',
    '--log-facility=-',
  ]);
  return untilAnswering({ port: at, address: `127.0.0.1:${at}`, program });
}

/** What a zone says: addresses of names under `zone.test`, and lines of `--srv-host`. */
export interface DnsZone {
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  readonly services?: readonly string[];
  readonly ttlSeconds?: number;
}

export interface ZoneServer extends DnsServer {
  /** Changes the addresses while the server runs. */
  readonly rewrite: (hosts: Required<DnsZone>['hosts']) => void;
}

/** Starts a dnsmasq that knows a zone and says of every other name under `zone.test` that it does not exist. */
export async function startZone(zone: DnsZone, port?: number): Promise<ZoneServer> {
  const at = port ?? (await reservePort());
  const file = path.join(createProgramFolder(), 'hosts');
  const write = (hosts: DnsZone['hosts'] = {}): void => {
    const lines = Object.entries(hosts).flatMap(([name, ips]) => ips.map((ip) => `${ip} ${name}.zone.test\n`));
    writeFileSync(file, ['192.0.2.1 who.test\n', ...lines].join(''));
  };
  write(zone.hosts);
  const program = spawnProgram('dnsmasq', [
    ...standalone,
    '--listen-address=127.0.0.1',
    `--port=${at}`,
    '--local=/zone.test/',
    `--addn-hosts=${file}`,
    `--local-ttl=${zone.ttlSeconds ?? 0}`,
    ...(zone.services ?? []).map((line) => `--srv-host=${line}`),
  ]);
  const server = await untilAnswering({ port: at, address: `127.0.0.1:${at}`, program });
  return {
    ...server,
    rewrite(hosts) {
      write(hosts);
      program.signal('SIGHUP');
    },
  };
}

/** Starts an unbound that expects PROXY headers, refuses clients at 127.0.0.2, and knows `who.test`. */
export async function startUnboundBehindProxies(): Promise<DnsServer> {
  const port = await reservePort();
  const direct = await reservePort();
  const folder = createProgramFolder({
    'unbound.conf': `server:
  interface: 127.0.0.1@${port}
  interface: 127.0.0.1@${direct}
  proxy-protocol-port: ${port}
  access-control: 127.0.0.0/8 allow
  access-control: 127.0.0.2/32 refuse
  do-daemonize: no
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  local-zone: "test." static
  local-data: "who.test. A 10.0.0.1"
remote-control:
  control-enable: no
`,
  });
  const program = spawnProgram('unbound', ['-d', '-c', path.join(folder, 'unbound.conf')]);
  await untilAnswering({ port: direct, address: '', program });
  return { port, address: `127.0.0.1:${port}`, program };
}

async function untilAnswering(server: DnsServer): Promise<DnsServer> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.port}`]);
  try {
    await vi.waitFor(() => resolver.resolve4('who.test'), { timeout: 10_000, interval: 50 });
  } catch (cause) {
    throw new Error(`the server does not answer: ${server.program.output()}`, { cause });
  }
  return server;
}

/** A query for the address of a name, as it is on the wire. */
export function formatQuery(id: number, name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  const head = Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

/** Whether an answer is one to that query, with an address in it. */
export function isAnswerTo(query: Buffer, answer: Buffer): boolean {
  const isSame = query.readUInt16BE(0) === answer.readUInt16BE(0);
  const repeatsQuestion = answer.subarray(12, query.length).equals(query.subarray(12));
  return isSame && repeatsQuestion && answer.readUInt16BE(6) === 1;
}
