// Remembers TLS sessions, so that the next connection to the same endpoint saves a round trip and two signatures. Bounded; in memory.

/** Sessions by endpoint. */
export interface SessionCache {
  readonly size: number;
  get(key: string): Buffer | undefined;
  /** Keeps the newest session of a key; forgets the key that was set longest ago when there are too many. */
  set(key: string, session: Buffer): void;
  delete(key: string): void;
}

/** @param maxSessions - The most that are kept; a session is 1 to 3 KB. */
export function createSessionCache(maxSessions: number): SessionCache {
  const sessions = new Map<string, Buffer>();
  return {
    get size() {
      return sessions.size;
    },
    get: (key) => sessions.get(key),
    set(key, session) {
      // A Map keeps the order of insertion: what is deleted and set again is the newest.
      sessions.delete(key);
      sessions.set(key, session);
      if (sessions.size <= maxSessions) return;
      for (const oldest of sessions.keys()) {
        sessions.delete(oldest);
        return;
      }
    },
    delete: (key) => void sessions.delete(key),
  };
}
