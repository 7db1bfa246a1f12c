// TLS sessions of endpoints, so that the next connection resumes instead of shaking hands in full (RFC 8446 section 2.2).

/** The most sessions that are kept; the oldest goes first. */
const maxSessions = 256;

/** The latest session of each endpoint and name. */
export class SessionCache {
  readonly #sessions = new Map<string, Buffer>();

  get(key: string): Buffer | undefined {
    return this.#sessions.get(key);
  }

  set(key: string, session: Buffer): void {
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    if (this.#sessions.size <= maxSessions) return;
    const [oldest] = this.#sessions.keys();
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }

  /** Forgets a session: the handshake that used it failed. */
  delete(key: string): void {
    this.#sessions.delete(key);
  }
}
