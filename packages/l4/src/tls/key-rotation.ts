// Changes the keys of session tickets in time: random ones, those that a secret leads to, or those of a function.
import type { Clock, Timer } from '@sluice/core';
import { hkdfSync, randomBytes } from 'node:crypto';
import { checkSessionKeys, type ResolvedSessionTickets } from './session-tickets.ts';
import { sessionKeyBytes, SessionKeys, type SessionKey } from './session-keys.ts';

/** Makes new random keys. */
const randomKey = (): SessionKey => randomBytes(sessionKeyBytes);

/** The keys of one `TlsContexts`, which change until they are closed. */
export class KeyRotation {
  readonly keys: SessionKeys;
  readonly settings: ResolvedSessionTickets;
  readonly #clock: Clock;
  readonly #onFailed: (error: unknown) => void;
  #timer: Timer | undefined;
  #isClosed = false;

  /**
   * @param onFailed - Hears when a function of the user's has failed; the keys stay as they are.
   * @param before - The keys that were used until now, if there were any; they decrypt as long as their tickets last.
   */
  constructor(
    settings: ResolvedSessionTickets,
    clock: Clock,
    onFailed: (error: unknown) => void,
    before: SessionKeys | undefined,
  ) {
    this.settings = settings;
    this.#clock = clock;
    this.#onFailed = onFailed;
    const first = this.#derivedKey(0) ?? randomKey();
    this.keys = before ?? new SessionKeys(first);
    if (before !== undefined) this.#rotate([first]);
    if (settings.secret !== undefined) this.#acceptLastPeriod();
    // The random key that stands in until the first answer has hardly any tickets.
    if (settings.keys !== undefined) void this.#ask(settings.keys, before === undefined ? 0 : undefined);
    this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #schedule(): void {
    const { secret, keyRotationMs } = this.settings;
    // Periods of derived keys begin at the same time everywhere.
    const passedMs = secret === undefined ? 0 : this.#clock.wallTimeMs() % keyRotationMs;
    this.#timer = this.#clock.setTimer(() => this.#onTime(), keyRotationMs - passedMs);
  }

  #onTime(): void {
    const { keys } = this.settings;
    if (keys === undefined) this.#rotate([this.#derivedKey(0) ?? randomKey()]);
    else void this.#ask(keys);
    this.#schedule();
  }

  /** What others that have the secret have given out before we started. */
  #acceptLastPeriod(): void {
    const { lifetimeMs, keyRotationMs } = this.settings;
    const leftMs = lifetimeMs - (this.#clock.wallTimeMs() % keyRotationMs);
    const last = this.#derivedKey(-1);
    if (last !== undefined && leftMs > 0) this.keys.accept(last, this.#clock.now() + leftMs);
  }

  #derivedKey(offset: 0 | -1): SessionKey | undefined {
    const { secret, keyRotationMs } = this.settings;
    if (secret === undefined) return undefined;
    const period = Math.floor(this.#clock.wallTimeMs() / keyRotationMs) + offset;
    const info = `sluice session tickets, ${keyRotationMs} ms, period ${period}`;
    return Buffer.from(hkdfSync('sha256', secret, '', info, sessionKeyBytes));
  }

  async #ask(ask: NonNullable<ResolvedSessionTickets['keys']>, lifetimeMs?: number): Promise<void> {
    try {
      const keys = checkSessionKeys(await ask());
      if (!this.#isClosed) this.#rotate(keys, lifetimeMs);
    } catch (error) {
      if (!this.#isClosed) this.#onFailed(error);
    }
  }

  #rotate(keys: readonly [SessionKey, ...SessionKey[]], lifetimeMs = this.settings.lifetimeMs): void {
    this.keys.rotate(keys, this.#clock.now() + lifetimeMs);
  }
}
