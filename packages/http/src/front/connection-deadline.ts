// Until when the current phase of a client connection may last. A number that the listener's sweep looks at, instead of a timer for each connection.

/** How long phases may take, in milliseconds. */
export interface PhaseTimeouts {
  /** A request's head, from its first byte; and the time a new connection has for that byte. */
  readonly requestHeadMs: number;
  /** The wait for another request. */
  readonly keepAliveMs: number;
  /** How long the client may take nothing of what is there for it. */
  readonly responseBodyIdleMs: number;
}

/** How long a client may go on sending a body that nobody wants, before its next request. */
const discardMs = 30_000;
/** How long a connection stays open behind our last word: what is on its way must not be answered with a reset. */
const lingerMs = 5_000;

/** The deadline of one connection. */
export class ConnectionDeadline {
  readonly #timeouts: PhaseTimeouts;
  readonly #nowMs: () => number;
  #endMs: number;
  #inHead = false;
  #unsentBytes = 0;

  /** @param nowMs - Coarse time, never behind. */
  constructor(timeouts: PhaseTimeouts, nowMs: () => number) {
    this.#timeouts = timeouts;
    this.#nowMs = nowMs;
    this.#endMs = nowMs() + timeouts.requestHeadMs;
  }

  /** Whether a head is due. */
  get inHead(): boolean {
    return this.#inHead;
  }

  /** A head has begun. */
  awaitHead(): void {
    if (this.#inHead) return;
    this.#inHead = true;
    this.#endMs = this.#nowMs() + this.#timeouts.requestHeadMs;
  }

  /** A request is under way; its phases are timed elsewhere. */
  rest(): void {
    this.#inHead = false;
    this.#endMs = Infinity;
  }

  awaitRequest(): void {
    this.#extend(this.#timeouts.keepAliveMs);
  }

  awaitDiscard(): void {
    this.#extend(discardMs);
  }

  linger(): void {
    this.#extend(lingerMs);
  }

  /** Starts a phase that may take so long from now. */
  #extend(ms: number): void {
    this.#inHead = false;
    this.#endMs = this.#nowMs() + ms;
  }

  /**
   * Whether the phase has taken too long.
   *
   * @param unsentBytes - What the client has not taken yet of the response before: as long as that changes, the phase has not really begun.
   */
  hasPassed(nowMs: number, unsentBytes: number): boolean {
    if (nowMs < this.#endMs) return false;
    if (unsentBytes === 0 || unsentBytes === this.#unsentBytes) return true;
    this.#unsentBytes = unsentBytes;
    this.#endMs = nowMs + this.#timeouts.responseBodyIdleMs;
    return false;
  }
}
