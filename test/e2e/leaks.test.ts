// The promise of a process that runs for months: whatever clients do, nothing of an exchange outlives it, and nothing of a proxy outlives `close()`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { startHttpOrigin } from '../support/http-origin.ts';
import type { SoakReport } from '../support/leak-soak.ts';

const program = path.join(import.meta.dirname, '../support/leak-soak.ts');
const isLong = process.env['SLUICE_LONG'] === '1';
/** SLUICE_LONG=1 takes the full 100,000. */
const requests = isLong ? 100_000 : 10_000;

const big = Buffer.alloc(200_000, 'b');

/** The origin runs in this process, so that only the proxy and its clients are measured. */
function answer(req: IncomingMessage, res: ServerResponse): void {
  if (req.url === '/now') res.end('now');
  else if (req.url === '/later') setTimeout(() => res.end('later'), 3);
  else if (req.url === '/big') res.end(big);
  else if (req.url === '/stream') streamEvents(res, 3);
  else if (req.url === '/upload') receive(req, res);
}

function streamEvents(res: ServerResponse, count: number): void {
  if (count === 0) {
    res.end();
    return;
  }
  res.write('event');
  setTimeout(() => streamEvents(res, count - 1), 2);
}

function receive(req: IncomingMessage, res: ServerResponse): void {
  let length = 0;
  req.on('data', (chunk: Buffer) => (length += chunk.byteLength));
  req.on('end', () => res.end(String(length)));
}

async function soak(origin: string): Promise<SoakReport> {
  const seed = '20_251';
  const child = spawn(process.execPath, ['--expose-gc', program, origin, String(requests), seed.replace('_', '')]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect({ code: code as unknown, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as SoakReport;
}

test(`${requests} requests, a third of them abandoned, leave nothing behind`, { timeout: isLong ? 600_000 : 60_000 }, async () => {
  const origin = await startHttpOrigin(answer);
  origin.server.on('upgrade', (_req, socket, head) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.unshift(head);
    socket.pipe(socket);
  });
  const report = await soak(origin.url);
  console.log(JSON.stringify(report));
});
