// Judges whether a client sends its request's body fast enough. A client that sends a byte now and then keeps within any limit on pauses.

/** How long a body may be awaited before its rate counts, in milliseconds: connections start slowly. */
const graceMs = 5_000;

/** Adds up what came while it was awaited. One for each connection, looked at now and then. */
export class BodyRate {
  readonly #minBytesPerSecond: number;
  #lastMs = 0;
  #awaitedMs = 0;
  #startBytes = 0;

  constructor(minBytesPerSecond: number) {
    this.#minBytesPerSecond = minBytesPerSecond;
  }

  /** Starts with a new body. @param bytes - How many bytes of bodies have come on the connection so far */
  begin(nowMs: number, bytes: number): void {
    this.#lastMs = nowMs;
    this.#awaitedMs = 0;
    this.#startBytes = bytes;
  }

  /**
   * Looks at the body.
   *
   * @param awaited - Whether the client is who keeps everybody waiting at this moment.
   * @returns whether it is too slow
   */
  isTooSlow(nowMs: number, bytes: number, awaited: boolean): boolean {
    if (awaited) this.#awaitedMs += nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (this.#awaitedMs <= graceMs) return false;
    return bytes - this.#startBytes < (this.#minBytesPerSecond * this.#awaitedMs) / 1000;
  }
}
