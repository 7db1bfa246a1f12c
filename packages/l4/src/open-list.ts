// What is open, in no order. Not a Set: the tables that a Set leaves behind as it turns over keep its members alive until the next full collection.

/** Something that can be in one such list. */
export interface OpenItem {
  /** Where it stands; the list's own. */
  place: number;
}

/** A list from which anything can be taken at once. */
export class OpenList<Item extends OpenItem> {
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

  /** Takes out one that is in it; the last one takes the place that becomes free. */
  remove(item: Item): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    last.place = item.place;
    this.#items[item.place] = last;
  }

  /** All of them, at this moment. */
  all(): readonly Item[] {
    return [...this.#items];
  }
}
