// Clients as they are: two of three take their whole answer, the third goes away in the middle of something. Used outside of the test runner too.

import type { Random } from '@sluice/core';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

export interface RestlessClients {
  /** Sends one request, and resolves when the client is done with it, one way or the other. */
  act(): Promise<void>;
  /** How often clients went away, by what they were in the middle of. */
  readonly departures: Readonly<Record<string, number>>;
  /** How many took their whole answer, and it was the right one. */
  readonly completed: number;
  /** What came to those who stayed instead of the right answer. */
  readonly surprises: readonly string[];
  close(): void;
}

interface Departure {
  readonly sent: string;
  /** What the client waits for before it leaves; `undefined` is nothing. */
  readonly sees?: RegExp;
}

const host = 'Host: a\r\n';

const departures = {
  'before the head': { sent: '' },
  'in the head': { sent: 'GET /now HTTP/1.1\r\nHost' },
  'before the response': { sent: `GET /never HTTP/1.1\r\n${host}\r\n` },
  'in the upload': { sent: `POST /upload HTTP/1.1\r\n${host}Content-Length: 100000\r\n\r\n${'x'.repeat(5_000)}` },
  'in a chunk': { sent: `POST /upload HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1000\r\nabc` },
  'before 100 Continue': { sent: `POST /never HTTP/1.1\r\n${host}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n` },
  'in a stream': { sent: `GET /stream HTTP/1.1\r\n${host}\r\n`, sees: /event/ },
  'in the download': { sent: `GET /big HTTP/1.1\r\n${host}\r\n`, sees: /\r\n\r\n/ },
  'behind the response': { sent: `GET /now HTTP/1.1\r\n${host}\r\n`, sees: /now$/ },
  'with requests waiting': { sent: `GET /later HTTP/1.1\r\n${host}\r\n`.repeat(3) },
  'in the upgrade': { sent: `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: echo\r\n\r\n` },
  'in the tunnel': {
    sent: `GET / HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: echo\r\n\r\nhello`,
    sees: /hello$/,
  },
} satisfies Readonly<Record<string, Departure>>;

/** What clients that stay ask for, and what they have to get. */
const visits = [
  ['GET', '/now', '', '200 3'],
  ['GET', '/later', '', '200 5'],
  ['GET', '/stream', '', '200 15'],
  ['GET', '/big', '', '200 100000'],
  ['POST', '/upload', 'y'.repeat(20_000), '200 5'],
] as const;

type Visit = readonly [method: string, target: string, body: string, answer: string];

export function createRestlessClients(port: number, random: Random): RestlessClients {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const leavings: readonly (readonly [string, Departure])[] = Object.entries(departures);
  const counts: Record<string, number> = {};
  const surprises: string[] = [];
  let completed = 0;
  const stay = async ([method, target, body, expected]: Visit): Promise<void> => {
    const answer = await visit(agent, port, { method, target, body });
    if (answer === expected) completed++;
    else surprises.push(`${method} ${target}: ${answer}`);
  };
  return {
    act() {
      // Drawn at once, so that the sequence does not depend on how the clients' turns mix.
      const [leaves, choice, delay, resets] = [random(), random(), random(), random()];
      if (leaves >= 1 / 3) return stay(pick<Visit>(visits, choice));
      const [kind, departure] = pick(leavings, choice);
      counts[kind] = (counts[kind] ?? 0) + 1;
      return depart(port, departure, Math.floor(delay * 4), resets < 0.5);
    },
    departures: counts,
    surprises,
    get completed() {
      return completed;
    },
    close: () => agent.destroy(),
  };
}

function pick<Item>(items: readonly Item[], draw: number): Item {
  const item = items[Math.floor(draw * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** Resolves to the answer's status and the length of its body, or to what went wrong. */
function visit(
  agent: Agent,
  port: number,
  { method, target, body }: { readonly method: string; readonly target: string; readonly body: string },
): Promise<string> {
  return new Promise((resolve) => {
    const req = request({ agent, port, host: '127.0.0.1', method, path: target }, (res) => {
      let length = 0;
      res.on('data', (chunk: Buffer) => (length += chunk.byteLength));
      res.on('error', (error) => resolve(`cut: ${error.message}`));
      res.on('end', () => resolve(`${res.statusCode} ${length}`));
    });
    req.on('error', (error) => resolve(`no answer: ${error.message}`));
    req.end(body);
  });
}

/** @param delay - 0: leaves in the same turn; 1: in the next; else after so many milliseconds */
async function depart(port: number, { sent, sees }: Departure, delay: number, resets: boolean): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => {
    socket.on('error', () => {}).once('close', () => resolve());
  });
  await new Promise((resolve) => void socket.once('connect', resolve));
  if (sent !== '') socket.write(sent, 'latin1');
  if (sees !== undefined) await received(socket, sees);
  if (delay === 1) await setImmediate();
  else if (delay > 1) await sleep(delay);
  if (resets) socket.resetAndDestroy();
  else socket.destroy();
  await closed;
}

function received(socket: Socket, pattern: RegExp): Promise<void> {
  return new Promise((resolve) => {
    let text = '';
    socket.once('close', () => resolve());
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (pattern.test(text)) resolve();
    });
  });
}
