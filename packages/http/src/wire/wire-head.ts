// The fields of a message as they came over the wire. Nothing is cut out of the head's text before somebody asks for it. How the lines
// are kept is wire-lines.ts; the other implementation of HeaderList is headers/header-list.ts.
import { checkField, type HeaderList } from '../headers/header-list.ts';
import { createNameSet, type NameSet } from '../headers/name-set.ts';
import { lineSize, WireLines } from './wire-lines.ts';

/** Characters of a line break. */
const lineBreak = 2;

/** A header list over the text of a head and the table of a scanner, which becomes its own. */
export class WireHead extends WireLines implements HeaderList {
  get size(): number {
    return this.end / lineSize;
  }

  get(name: string): string | undefined {
    const at = this.find(name, 0);
    return at < 0 ? undefined : this.valueAt(at);
  }

  getAll(name: string): string[] {
    let at = this.find(name, 0);
    if (at < 0) return [];
    const values = [this.valueAt(at)];
    while ((at = this.find(name, at + lineSize)) >= 0) values.push(this.valueAt(at));
    return values;
  }

  has(name: string): boolean {
    return this.find(name, 0) >= 0;
  }

  set(name: string, value: string): void {
    checkField(name, value);
    const at = this.find(name, 0);
    if (at < 0) {
      this.addLine(name, value);
      return;
    }
    this.replaceLine(at, name, value);
    const next = this.find(name, at + lineSize);
    if (next >= 0) this.deleteFrom(next, createNameSet([name]));
  }

  append(name: string, value: string): void {
    checkField(name, value);
    this.addLine(name, value);
  }

  delete(name: string): boolean {
    const at = this.find(name, 0);
    if (at >= 0) this.deleteFrom(at, createNameSet([name]));
    return at >= 0;
  }

  deleteAll(names: NameSet): void {
    if (!this.mayHave(names)) return;
    const { end } = this;
    let at = 0;
    while (at < end && !this.isIn(names, at)) at += lineSize;
    if (at < end) this.deleteFrom(at, names);
  }

  forEach(visit: (name: string, value: string) => void): void {
    for (let at = 0; at < this.end; at += lineSize) visit(this.nameAt(at), this.valueAt(at));
  }

  *[Symbol.iterator](): Iterator<[string, string]> {
    for (let at = 0; at < this.end; at += lineSize) yield [this.nameAt(at), this.valueAt(at)];
  }

  toFlat(): string[] {
    const flat: string[] = [];
    this.forEach((name, value) => flat.push(name, value));
    return flat;
  }

  format(dropped: NameSet): string {
    const { text: source, table } = this;
    const mayDrop = this.mayHave(dropped);
    let text = '';
    // Lines that stand one behind the other in the head are taken in one piece.
    let runStart = 0;
    let runEnd = -1;
    for (let at = 0; at < table.length; at += lineSize) {
      if (mayDrop && this.isIn(dropped, at)) continue;
      const start = table[at] as number;
      if (start !== runEnd || start < 0) {
        if (runEnd >= 0) text += `${source.slice(runStart, runEnd - lineBreak)}\r\n`;
        if (start < 0) text += `${this.nameAt(at)}: ${this.valueAt(at)}\r\n`;
        runStart = start;
      }
      runEnd = start < 0 ? -1 : (table[at + 3] as number) + lineBreak;
    }
    if (runEnd >= 0) text += `${source.slice(runStart, runEnd - lineBreak)}\r\n`;
    const added = this.added ?? [];
    for (let index = 0; index < added.length; index += 2) {
      if (mayDrop && dropped.has(added[index] as string)) continue;
      text += `${added[index]}: ${added[index + 1]}\r\n`;
    }
    return text;
  }

  clone(): HeaderList {
    const copy = new WireHead(this.text, [], false);
    this.shareWith(copy);
    return copy;
  }

  /** The number of the name of line `index`. */
  nameNumber(index: number): number {
    return this.numberAt(index * lineSize);
  }

  /** The value of line `index`. */
  value(index: number): string {
    return this.valueAt(index * lineSize);
  }
}
