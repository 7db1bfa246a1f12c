// Those who wait for an endpoint because all are full: first in, first out, bounded, each with a deadline and a way to give up.
import { onCancel, type Cancellation } from '../abort-scope.ts';
import type { Clock, Timer } from '../clock.ts';
import { coreError, type ProxyError } from '../errors.ts';
import type { Lease } from './lease.ts';

/** What one waiter waits for; `undefined` while there is nothing for it. */
export type TryAgain = () => Lease | undefined;

interface Waiter {
  readonly tryAgain: TryAgain;
  readonly resolve: (lease: Lease) => void;
  readonly reject: (reason: unknown) => void;
  readonly deadline: Timer;
  stopListening: () => void;
}

/** Bounds of a queue. */
export interface WaitQueueLimits {
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
}

const ignore = (): void => {};
const always = (): boolean => true;

/** The queue of one upstream. */
export class WaitQueue {
  /** How many were refused because too many waited. */
  refused = 0;
  /** How many waited in vain. */
  timedOut = 0;
  readonly #name: string;
  readonly #limits: WaitQueueLimits;
  readonly #clock: Clock;
  readonly #explain: () => string;
  readonly #waiting = new Set<Waiter>();

  /** @param explain - Why there is nothing, if there is a reason besides load. */
  constructor(name: string, limits: WaitQueueLimits, clock: Clock, explain: () => string = () => '') {
    this.#name = name;
    this.#limits = limits;
    this.#clock = clock;
    this.#explain = explain;
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Waits for `tryAgain` to give something. @throws ProxyError `SLUICE_QUEUE_FULL` at once */
  wait(tryAgain: TryAgain, cancellation: Cancellation | undefined): Promise<Lease> {
    const { maxQueued, queueTimeoutMs } = this.#limits;
    if (this.#waiting.size >= maxQueued) {
      this.refused++;
      const others = maxQueued === 0 ? 'waiting is switched off' : `${maxQueued} others wait already`;
      throw coreError('SLUICE_QUEUE_FULL', `${this.#name} is full and ${others}`);
    }
    return new Promise((resolve, reject) => {
      const deadline = this.#clock.setTimer(() => {
        this.timedOut++;
        const reason = this.#explain();
        const message = `no endpoint of ${this.#name} was free within ${queueTimeoutMs} ms${reason === '' ? '' : `: ${reason}`}`;
        this.#giveUp(waiter, coreError('SLUICE_QUEUE_TIMEOUT', message));
      }, queueTimeoutMs);
      const waiter: Waiter = { tryAgain, resolve, reject, deadline, stopListening: ignore };
      this.#waiting.add(waiter);
      if (cancellation !== undefined) {
        waiter.stopListening = onCancel(cancellation, (reason) => this.#giveUp(waiter, reason));
      }
    });
  }

  /**
   * Serves whoever can be served, oldest first, while `hasRoom` holds. A waiter whose turn throws an error gets that error.
   *
   * @param hasRoom - Without it everybody has a turn, and those whose wait has become hopeless are told.
   */
  serve(hasRoom: () => boolean = always): void {
    for (const waiter of this.#waiting) {
      if (!hasRoom()) return;
      try {
        const lease = waiter.tryAgain();
        if (lease === undefined) continue;
        this.#remove(waiter);
        waiter.resolve(lease);
      } catch (error) {
        this.#giveUp(waiter, error);
      }
    }
  }

  /** Sends everybody away. */
  close(reason: ProxyError): void {
    for (const waiter of this.#waiting) this.#giveUp(waiter, reason);
  }

  #giveUp(waiter: Waiter, reason: unknown): void {
    this.#remove(waiter);
    waiter.reject(reason);
  }

  #remove(waiter: Waiter): void {
    this.#waiting.delete(waiter);
    waiter.deadline.cancel();
    waiter.stopListening();
  }
}
