// The value of `Date` (RFC 9110 section 6.6.1), made once a second.
import type { Clock } from '@sluice/core';

/** The date as text. */
export class DateText {
  readonly #clock: Clock;
  #second = -1;
  #text = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): string {
    const ms = this.#clock.wallTimeMs();
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(ms).toUTCString();
    }
    return this.#text;
  }
}
