// Real servers behind a TCP proxy, asked by real clients. Each upstream begins with an endpoint where nobody listens: connections go to the next one,
// and no client notices.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { userInfo } from 'node:os';
import { tcpProbe } from '@sluice/l4';
import { expect, test, vi } from 'vitest';
import { findFreePort } from '../../bench/free-port.ts';
import { createProgramFolder, runProgram } from '../support/debian-program.ts';
import {
  createMailBox,
  startImapServer,
  startRedisServer,
  startSmtpServer,
  startSshServer,
} from '../support/protocol-servers.ts';
import { startTcpProxy, type StartedTcpProxy } from '../support/tcp-proxy.ts';

/** A proxy before a server, and before one that is gone. */
async function startBefore(...ports: number[]): Promise<StartedTcpProxy> {
  const gone = await findFreePort();
  const endpoints = [gone, ...ports].map((port) => `127.0.0.1:${port}`);
  return startTcpProxy({ upstream: { endpoints, balancer: 'round-robin', health: { maxFails: 0 } } });
}

test('SMTP: mail that swaks sends arrives, and IMAP: curl reads it', async () => {
  const box = createMailBox();
  const smtp = await startBefore(await startSmtpServer(box));
  const letter = ['--to', 'reader@test.example', '--from', 'writer@test.example', '--helo', 'client.example'];
  const said = await runProgram('swaks', [
    '--server',
    `127.0.0.1:${smtp.port}`,
    ...letter,
    '--body',
    'over the sluice',
  ]);
  expect(said).toContain('250 2.0.0');
  await vi.waitUntil(() => readdirSync(box.folder, { recursive: true }).some((name) => /^new.+/.test(String(name))), {
    timeout: 10_000,
  });

  const imap = await startBefore(await startImapServer(box));
  const url = `imap://user:password@127.0.0.1:${imap.port}/INBOX`;
  expect(await runProgram('curl', ['-s', url, '-X', 'STATUS INBOX (MESSAGES)'])).toContain('(MESSAGES 1)');
  expect(await runProgram('curl', ['-s', `${url};UID=1`])).toContain('over the sluice');
  expect([smtp.refused, imap.refused]).toEqual([[], []]);
});

test('SSH: a session and the copy of a file', async () => {
  const server = await startSshServer();
  const { port } = await startBefore(server.port);
  const { username } = userInfo();
  const host = `${username}@127.0.0.1`;
  const session = ['-p', String(port), ...server.clientOptions, host, 'echo in the session; exit 0'];
  expect(await runProgram('ssh', session)).toBe('in the session\n');

  const folder = createProgramFolder();
  const content = randomBytes(3_000_000);
  writeFileSync(path.join(folder, 'sent'), content);
  const options = ['-q', '-P', String(port), ...server.clientOptions];
  await runProgram('scp', [...options, path.join(folder, 'sent'), `${host}:${path.join(folder, 'received')}`]);
  await runProgram('scp', [...options, `${host}:${path.join(folder, 'received')}`, path.join(folder, 'back')]);
  expect(readFileSync(path.join(folder, 'back')).equals(content)).toBe(true);
});

test('Redis: redis-benchmark over both servers, and a pipeline', async () => {
  const ports = [await startRedisServer(), await startRedisServer()];
  const { port, proxy } = await startBefore(...ports);
  const commands = ['-t', 'set,get', '-n', '4000', '-c', '20', '-P', '8', '--csv'];
  const table = await runProgram('redis-benchmark', ['-h', '127.0.0.1', '-p', String(port), ...commands]);
  expect(table).toMatch(/^"SET","[^]*^"GET","/m);
  for (const each of ports) {
    const dbsize = await runProgram('redis-cli', ['-h', '127.0.0.1', '-p', String(each), 'DBSIZE']);
    expect(Number(dbsize)).toBeGreaterThan(0);
  }
  const [gone, ...servers] = proxy.upstream?.stats().endpoints ?? [];
  expect(gone?.ok).toBe(0);
  expect(servers.every(({ ok, failed }) => ok > 0 && failed === 0)).toBe(true);
});

test('probes know these servers by their banners', async () => {
  const smtp = await startSmtpServer(createMailBox());
  const imap = await startImapServer(createMailBox());
  const { port: ssh } = await startSshServer();
  const redis = await startRedisServer();
  const banners: readonly (readonly [port: number, probe: ReturnType<typeof tcpProbe>])[] = [
    [smtp, tcpProbe({ expect: '220 ' })],
    [imap, tcpProbe({ expect: '* OK' })],
    [ssh, tcpProbe({ expect: 'SSH-2.0-' })],
    [redis, tcpProbe({ send: 'PING\r\n', expect: '+PONG' })],
  ];
  for (const [at, probe] of banners) {
    const { proxy } = await startTcpProxy({
      upstream: {
        endpoints: [`127.0.0.1:${at}`, `127.0.0.1:${redis === at ? smtp : redis}`],
        health: { checks: [{ probe, intervalMs: 50, initialState: 'unknown' }] },
      },
    });
    await vi.waitUntil(() => proxy.upstream?.stats().endpoints.every(({ state }) => state !== 'unchecked'), 10_000);
    expect(proxy.upstream?.stats().endpoints.map(({ state }) => state)).toEqual(['available', 'unhealthy']);
  }
});
