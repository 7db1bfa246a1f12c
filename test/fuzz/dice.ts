// Chance for the generators: what a seed says, and nothing else, so that every case can be made again.
import { createSeededRandom, type Random } from '@sluice/core';

/** A roll of the dice in several shapes. */
export class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = createSeededRandom(seed);
  }

  /** An integer from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /** Whether something of that probability happens. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }

  /** One of the first list nearly always, one of the second now and then. */
  mostly<Item>(usual: readonly Item[], odd: readonly Item[], oddity = 0.1): Item {
    return this.pick(this.chance(oddity) ? odd : usual);
  }

  /** Any byte, as a character. */
  byte(): string {
    return String.fromCharCode(this.below(256));
  }

  /** Bytes of any value; mostly few. */
  bytes(most: number): string {
    return Array.from({ length: this.below(this.below(most) + 1) }, () => this.byte()).join('');
  }
}
