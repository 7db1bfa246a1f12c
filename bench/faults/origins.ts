// The five origins of an experiment, each a process of its own.
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { findFreePort } from '../free-port.ts';
import { loadCore, startOn, stop, untilListening } from '../tools.ts';

/** How an origin may behave. */
export type Mood = 'fine' | 'slow' | 'reset' | 'error' | 'garbage';

const file = path.join(import.meta.dirname, '../servers/faulty-origin.ts');

/** One of them. It keeps its port, whatever happens to its process. */
export class FaultyOrigin {
  readonly port: number;
  #child: ChildProcess;

  private constructor(port: number) {
    this.port = port;
    this.#child = launch(port);
  }

  static async start(): Promise<FaultyOrigin> {
    const origin = new FaultyOrigin(await findFreePort());
    await untilListening(origin.port);
    return origin;
  }

  behave(mood: Mood): Promise<number> {
    return this.#control(mood);
  }

  /** How many requests have reached it. */
  seen(): Promise<number> {
    return this.#control('count');
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it at once, whatever it was doing. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Starts it after it was killed. */
  async revive(): Promise<void> {
    this.#child = launch(this.port);
    await untilListening(this.port);
  }

  /** Ends it in order, and starts it anew. */
  async restart(): Promise<void> {
    await stop(this.#child);
    await this.revive();
  }

  async close(): Promise<void> {
    this.thaw();
    await stop(this.#child);
  }

  async #control(what: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.port}/control/${what}`, { headers: { Connection: 'close' } });
    return Number(await response.text());
  }
}

function launch(port: number): ChildProcess {
  return startOn(loadCore, process.execPath, [file], { PORT: String(port) });
}
