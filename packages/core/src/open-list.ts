// What is open now: connections, exchanges, sessions. Not a Set: the tables that a Set leaves behind as it turns over keep what was in them alive
// until the next full collection, and all that with it, at a third of the cost of a short connection.

/** What can stand in an open list, and notes where. */
export interface Listed {
  /** The list's own; -1 outside of it. */
  place: number;
}

/** A list in no order, from which anything can be taken at once. An item is in one such list at most. */
export class OpenList<Item extends Listed> {
  readonly #items: Item[] = [];

  /** How many there are. */
  get size(): number {
    return this.#items.length;
  }

  /** Adds one that is in no list. */
  add(item: Item): void {
    item.place = this.#items.length;
    this.#items.push(item);
  }

  /** Takes one out, if it is there. The last one takes the place that becomes free. */
  delete(item: Item): void {
    const { place } = item;
    if (place < 0) return;
    item.place = -1;
    const last = this.#items.pop() as Item;
    if (last === item) return;
    last.place = place;
    this.#items[place] = last;
  }

  /** All that are there now, for a walk during which some may leave. */
  all(): Item[] {
    return this.#items.slice();
  }
}
