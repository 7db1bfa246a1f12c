// The keys of session tickets: one encrypts, and those before it decrypt until the last of their tickets has expired.
// Where keys come from, and when, is key-rotation.ts.

/** A key: its name, which stands in each ticket in clear text, then what authenticates, then what encrypts; 16 bytes each. */
export type SessionKey = Buffer;

/** How long a key is. */
export const sessionKeyBytes = 48;
const nameBytes = 16;

/** The keys at a time. */
export class SessionKeys {
  #current: SessionKey;
  #older: { readonly key: SessionKey; readonly untilMs: number }[] = [];

  constructor(first: SessionKey) {
    this.#current = first;
  }

  /** What encrypts now. */
  get current(): SessionKey {
    return this.#current;
  }

  /** What only decrypts. */
  older(nowMs: number): readonly SessionKey[] {
    // A clock that is asked for each connection costs more than a list that is nearly always empty.
    if (this.#older.length === 0) return [];
    this.#older = this.#older.filter(({ untilMs }) => untilMs > nowMs);
    return this.#older.map(({ key }) => key);
  }

  /** Lets a key decrypt until `untilMs`. */
  accept(key: SessionKey, untilMs: number): void {
    if (!key.equals(this.#current)) this.#older.push({ key, untilMs });
  }

  /** Goes on with other keys, the first of which encrypts. Those that are no longer among them decrypt until `untilMs`. */
  rotate([next, ...others]: readonly [SessionKey, ...SessionKey[]], untilMs: number): void {
    const isKnown = (key: SessionKey): boolean => next.equals(key) || others.some((other) => other.equals(key));
    const before = [{ key: this.#current, untilMs }, ...this.#older]
      .filter(({ key }) => !isKnown(key))
      .map((older) => ({ key: older.key, untilMs: Math.min(older.untilMs, untilMs) }));
    this.#current = next;
    this.#older = [...others.map((key) => ({ key, untilMs: Infinity })), ...before];
  }
}

/** Which of the keys has made the ticket in a ClientHello. A name is 16 random bytes, so that it is found by looking for it. */
export function keyOfTicket(hello: Buffer, keys: readonly SessionKey[]): SessionKey | undefined {
  return keys.find((key) => hello.includes(key.subarray(0, nameBytes)));
}
