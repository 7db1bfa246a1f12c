// nginx's max_fails: how many failures within a span of time are too many. Pure: it is told the time.

/** Remembers the latest failures of one endpoint. */
export class FailureWindow {
  readonly #maxFails: number;
  readonly #windowMs: number;
  /** When the last `maxFails` failures were, in a ring. Made with the first failure. */
  #failedAtMs: Float64Array | undefined;
  #failures = 0;

  /** @param maxFails - How many failures within `windowMs` are too many; with 0 none ever are. */
  constructor(maxFails: number, windowMs: number) {
    this.#maxFails = maxFails;
    this.#windowMs = windowMs;
  }

  /** Notes a failure. @returns whether that is too many */
  add(nowMs: number): boolean {
    const maxFails = this.#maxFails;
    if (maxFails === 0) return false;
    const failedAtMs = (this.#failedAtMs ??= new Float64Array(maxFails));
    failedAtMs[this.#failures % maxFails] = nowMs;
    this.#failures++;
    const oldestMs = failedAtMs[this.#failures % maxFails] ?? nowMs;
    return this.#failures >= maxFails && nowMs - oldestMs <= this.#windowMs;
  }

  /** Forgets all of them. */
  clear(): void {
    this.#failures = 0;
  }
}
