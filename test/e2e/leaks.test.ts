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
const requests = isLong ? 100_000 : 6_000;
const seed = 20_251;

// A kilobyte kept for each abandoned request would make 1.2 MB in the short run; garbage collection leaves some hundred KiB more or less each time.
const heapToleranceBytes = 1_000_000;
// A transport keeps up to eight spare read buffers of 64 KiB and eight of 256 KiB, and how many of them the warm-up has made is chance. A buffer of
// 64 KiB kept for each request that was abandoned in one of the twelve phases would make 8 MB in the short run.
const bufferToleranceBytes = 3_000_000;

/** The origin runs in this process, so that only the proxy and its clients are measured. */
async function startOrigin(): Promise<string> {
  const { server, url } = await startHttpOrigin(answer);
  server.on('upgrade', (_req, socket, head) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.unshift(head);
    socket.pipe(socket);
  });
  return url;
}

const big = Buffer.alloc(100_000, 'b');

function answer(req: IncomingMessage, res: ServerResponse): void {
  if (req.url === '/now') res.end('now');
  else if (req.url === '/later') setTimeout(() => res.end('later'), 3);
  else if (req.url === '/big') res.end(big);
  else if (req.url === '/stream') streamEvents(res, 3);
  else if (req.url === '/upload') countBytes(req, res);
}

function streamEvents(res: ServerResponse, count: number): void {
  if (count === 0) {
    res.end();
    return;
  }
  res.write('event');
  setTimeout(() => streamEvents(res, count - 1), 2);
}

function countBytes(req: IncomingMessage, res: ServerResponse): void {
  let length = 0;
  req.on('data', (chunk: Buffer) => (length += chunk.byteLength));
  req.on('end', () => res.end(String(length)));
}

/** Runs the program to its own end: what keeps a process alive after `close()` would keep this one. */
async function soak(front: string, origin: string): Promise<SoakReport> {
  const child = spawn(process.execPath, ['--expose-gc', program, front, origin, String(requests), String(seed)]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  expect({ code: code as unknown, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as SoakReport;
}

test.each(['wire', 'node'])(
  `${requests} requests, a third of them abandoned in all phases, leave nothing behind: front %s`,
  { timeout: isLong ? 600_000 : 90_000 },
  async (front) => {
    const { completed, surprises, departures, endings, heapBytes, bufferBytes, warnings, left } = await soak(
      front,
      await startOrigin(),
    );
    // Who stayed got the right answer; who left did so in each of the phases.
    expect(surprises).toEqual([]);
    expect(completed).toBeGreaterThan(requests / 2);
    expect(Object.values(departures)).toHaveLength(12);
    expect(Math.min(...Object.values(departures))).toBeGreaterThan(requests / 100);
    expect(endings).toMatchObject({
      '499 SLUICE_CLIENT_ABORTED': expect.any(Number) as number,
      '200 SLUICE_CLIENT_ABORTED': expect.any(Number) as number,
      '101 fine': expect.any(Number) as number,
    });

    expect(left).toEqual({});
    expect(warnings).toEqual([]);
    expect(growth(heapBytes), `heap: ${heapBytes.join(', ')}`).toBeLessThan(heapToleranceBytes);
    expect(growth(bufferBytes), `buffers: ${bufferBytes.join(', ')}`).toBeLessThan(bufferToleranceBytes);
  },
);

/** From warm-up, the first two rounds, to the end, the last two. */
function growth(bytes: readonly number[]): number {
  return Math.min(...bytes.slice(-2)) - Math.min(...bytes.slice(0, 2));
}
