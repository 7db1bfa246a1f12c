// How a proxy ends: listeners first, then what is open, then what the proxy made for itself.
import { coreError, type Clock, type ProxyError } from '@sluice/core';
import type { ExchangeRunner } from './exchange-runner.ts';
import type { Listening } from './front/listener.ts';

/** How long answers to exchanges that were cut may take to leave, in milliseconds. */
const lastAnswersMs = 1_000;

/** What the end of a proxy involves. */
export interface LifecycleOptions {
  readonly runner: ExchangeRunner;
  readonly clock: Clock;
  /** Closes what the proxy made for itself, when nothing is open any more. */
  readonly release: () => Promise<void>;
}

/** Open, then draining, then closed. */
export class ProxyLifecycle {
  readonly #options: LifecycleOptions;
  readonly #listening = new Set<Listening>();
  #phase: 'open' | 'draining' | 'closed' = 'open';
  #closing: Promise<void> | undefined;

  constructor(options: LifecycleOptions) {
    this.#options = options;
  }

  /** Whether responses are the last on their connections. */
  readonly isEnding = (): boolean => this.#phase !== 'open';

  /** Why new work is refused, if it is. While draining, only work that comes in by somebody else's server is. */
  refusal(ownListener: boolean): ProxyError | undefined {
    if (this.#phase === 'open' || (this.#phase === 'draining' && ownListener)) return undefined;
    return shuttingDown();
  }

  /** Adds a listener, to be closed at the end. A listener that came up too late is closed at once. */
  async add(opening: Promise<Listening>): Promise<Listening> {
    const listening = await opening;
    if (this.#phase !== 'open') {
      await listening.close();
      throw shuttingDown();
    }
    this.#listening.add(listening);
    return listening;
  }

  async drain(graceMs: number): Promise<number> {
    if (this.#phase === 'open') this.#phase = 'draining';
    for (const listening of this.#listening) void listening.close();
    await this.#idleWithin(graceMs);
    const cut = this.#cut();
    await this.#idleWithin(lastAnswersMs);
    await this.close();
    return cut;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#phase = 'closed';
    const closed = [...this.#listening].map((listening) => listening.close());
    if (this.#cut() > 0) await this.#idleWithin(lastAnswersMs);
    for (const listening of this.#listening) listening.closeAllConnections();
    await Promise.all(closed);
    await this.#options.release();
  }

  #cut(): number {
    return this.#options.runner.abortAll(shuttingDown());
  }

  async #idleWithin(ms: number): Promise<void> {
    const { runner, clock } = this.#options;
    if (runner.openCount === 0) return;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(resolve, ms);
      void runner.idle().then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

function shuttingDown(): ProxyError {
  return coreError('SLUICE_SHUTTING_DOWN', 'the proxy is shutting down');
}
