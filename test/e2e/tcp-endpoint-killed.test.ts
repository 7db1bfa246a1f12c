// An endpoint's process is killed (SIGKILL) while sessions open all the time. Connects that the dead one refuses go on to another endpoint, and no
// client is refused as long as one lives.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** A server in a process of its own: says its name to each connection, and ends it. */
const program = `
  const server = require('node:net').createServer((socket) => socket.on('error', () => {}).end(process.argv[1]));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

async function startEndpoint(name: string): Promise<{ readonly child: ChildProcess; readonly address: string }> {
  const child = spawn(process.execPath, ['-e', program, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, address: `127.0.0.1:${String(port).trim()}` };
}

/** What a client gets until the end: a name, or nothing when its session was cut. */
function visit(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('data', (chunk: Buffer) => (text += String(chunk)));
    socket.on('error', () => {}).on('close', () => resolve(text));
  });
}

test('no connect fails when an endpoint is killed under load, and its share goes to the others', async () => {
  const [doomed, other] = await Promise.all([startEndpoint('doomed'), startEndpoint('other')]);
  const { proxy, port, refused } = await startTcpProxy({ to: [doomed.address, other.address] });
  const visits: string[] = [];
  let isOver = false;
  const visitOften = async (): Promise<void> => {
    while (!isOver) visits.push(await visit(port));
  };
  const clients = Array.from({ length: 16 }, visitOften);
  const whenDead = once(doomed.child, 'exit');
  while (visits.length < 400) await visit(port);
  doomed.child.kill('SIGKILL');
  await whenDead;
  const before = visits.length;
  while (visits.length < before + 1_000) await visit(port);
  isOver = true;
  await Promise.all(clients);

  expect(refused).toEqual([]);
  expect(proxy.stats()).toMatchObject({ connectionsRefused: {} });
  expect(proxy.stats().connectsFailed).toBeGreaterThan(0);
  expect(new Set(visits.slice(0, before))).toContain('doomed');
  // Sessions that were open with the dead one are cut with it, one for each client at most; nobody else is.
  expect(visits.filter((name) => name === '').length).toBeLessThanOrEqual(16);
  expect(new Set(visits.slice(before + 16))).toEqual(new Set(['other']));
});
