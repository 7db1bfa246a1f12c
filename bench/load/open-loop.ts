// An open loop: requests leave at their time, whatever has come back, and latency counts from that time. A closed loop would not notice a pause:
// it would just ask less ("coordinated omission").
import { connect, type Socket } from 'node:net';
import type { Scenario } from '../scenarios.ts';
import type { LoadJob, LoadResult } from './load.ts';
import { requestFields } from './request-fields.ts';

/** Sends at the scenario's rate for a while. */
export async function runOpenLoop({ scenario, port, seconds }: LoadJob): Promise<LoadResult> {
  const { rate = 0, connections } = scenario;
  const pool = await Promise.all(Array.from({ length: connections }, () => OpenConnection.open(port, scenario)));
  const total = Math.floor(rate * seconds);
  const startMs = performance.now();
  let sent = 0;
  while (sent < total) {
    const dueMs = startMs + (sent / rate) * 1000;
    if (performance.now() < dueMs) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    sendByShortest(pool, sent, dueMs);
    sent++;
  }
  await Promise.all(pool.map((connection) => connection.close()));
  const latencies = pool.flatMap((connection) => connection.latencies).toSorted((one, other) => one - other);
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    requests: latencies.length,
    failures: total - latencies.length,
    seconds: (performance.now() - startMs) / 1000,
    p50: at(0.5),
    p99: at(0.99),
  };
}

/** Sends by the connection with the shortest queue; requests wait there for their turn, and their time runs. In turn, if several are free. */
function sendByShortest(pool: readonly OpenConnection[], turn: number, dueMs: number): void {
  let best: OpenConnection | undefined = pool[turn % pool.length];
  for (const connection of pool) if (best === undefined || connection.waiting < best.waiting) best = connection;
  best?.send(dueMs);
}

/** A keep-alive connection with one request under way at a time. */
class OpenConnection {
  readonly latencies: number[] = [];
  readonly #socket: Socket;
  readonly #request: string;
  readonly #due: number[] = [];
  readonly #responseBytes: number;
  #received = '';
  #onIdle: (() => void) | undefined;

  private constructor(socket: Socket, { path, responseBytes }: Scenario) {
    const fields = Object.entries(requestFields).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket = socket;
    this.#request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${fields.join('')}\r\n`;
    this.#responseBytes = responseBytes;
    socket.setEncoding('latin1').on('data', (text: string) => this.#receive(text));
    socket.on('close', () => this.#onIdle?.()).on('error', () => {});
  }

  static open(port: number, scenario: Scenario): Promise<OpenConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      socket.once('error', reject).once('connect', () => resolve(new OpenConnection(socket, scenario)));
    });
  }

  /** How many requests are not answered yet; too many, when the proxy has closed the connection. */
  get waiting(): number {
    return this.#socket.readable ? this.#due.length : Infinity;
  }

  send(dueMs: number): void {
    this.#due.push(dueMs);
    if (this.#due.length === 1) this.#socket.write(this.#request);
  }

  /** Resolves when all is answered, or the connection is gone. */
  async close(): Promise<void> {
    if (this.#due.length > 0 && !this.#socket.destroyed) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#socket.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0 || this.#received.length < head + 4 + this.#responseBytes) return;
    const isGood = this.#received.startsWith('HTTP/1.1 200 ');
    this.#received = '';
    const dueMs = this.#due.shift() ?? 0;
    if (isGood) this.latencies.push(performance.now() - dueMs);
    if (this.#due.length > 0) this.#socket.write(this.#request);
    else this.#onIdle?.();
  }
}
