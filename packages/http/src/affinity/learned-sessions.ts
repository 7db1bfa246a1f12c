// Which endpoint has which session, learned from the cookies that endpoints set. In memory, bounded, forgotten after a time without use.

/** Sessions and their endpoints. */
export class LearnedSessions {
  readonly #ttlMs: number;
  readonly #maxSessions: number;
  /** In order of their last use: a Map keeps the order of insertion. */
  readonly #sessions = new Map<string, { readonly endpointId: string; readonly usedMs: number }>();

  constructor(ttlMs: number, maxSessions: number) {
    this.#ttlMs = ttlMs;
    this.#maxSessions = maxSessions;
  }

  /** How many are known. */
  get size(): number {
    return this.#sessions.size;
  }

  /** The endpoint of a session, which is in use now. */
  find(session: string, nowMs: number): string | undefined {
    const known = this.#sessions.get(session);
    if (known === undefined) return undefined;
    if (nowMs - known.usedMs > this.#ttlMs) {
      this.#sessions.delete(session);
      return undefined;
    }
    this.learn(session, known.endpointId, nowMs);
    return known.endpointId;
  }

  /** Notes that an endpoint has a session. The one that was not used for longest is forgotten when there are too many. */
  learn(session: string, endpointId: string, nowMs: number): void {
    this.#sessions.delete(session);
    this.#sessions.set(session, { endpointId, usedMs: nowMs });
    for (const [oldest, { usedMs }] of this.#sessions) {
      if (this.#sessions.size <= this.#maxSessions && nowMs - usedMs <= this.#ttlMs) return;
      this.#sessions.delete(oldest);
    }
  }
}
