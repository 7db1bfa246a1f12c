// The Forwarded field (RFC 7239): parses it and writes one element of it. Whom to believe is client-resolver.ts.
import { isSameName, isToken, skipSpace } from './field-syntax.ts';

/** One hop's account of the request it received. */
export interface ForwardedElement {
  readonly for?: string;
  readonly by?: string;
  readonly host?: string;
  readonly proto?: string;
}

type Parameter = keyof ForwardedElement;

const parameters: readonly Parameter[] = Object.freeze(['for', 'by', 'host', 'proto'] as const);

/**
 * Parses the value of Forwarded: elements in the order in which the hops added them. Parameters nobody knows are left out.
 *
 * More liberal than RFC 7239 section 4 in two ways that are common: white space around `;`, and colons and brackets without quotes.
 * @returns `undefined` when the grammar does not fit: nothing in such a value can be relied on.
 */
export function parseForwarded(value: string): ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = [];
  const reader = new ElementReader(value, 0);
  while (!reader.done) {
    const element = reader.read();
    if (element === undefined) return undefined;
    if (element !== 'empty') elements.push(element);
  }
  return elements;
}

/**
 * Reads the last element that ends at `end`, from right to left, and says where it starts.
 *
 * What stands in front of an element can not change how it reads: a client that opens a quote and never closes it hides nothing of what the
 * proxies behind it add.
 */
export function readLastElement(
  value: string,
  end: number,
): { readonly element: ForwardedElement | 'empty' | undefined; readonly start: number } {
  let quoted = false;
  let start = end;
  for (; start > 0; start--) {
    const character = value[start - 1];
    if (character === '"') quoted = !quoted || isEscaped(value, start - 1);
    else if (character === ',' && !quoted) break;
  }
  const reader = new ElementReader(value.slice(0, end), start);
  const element = reader.read();
  return { element: reader.done ? element : undefined, start };
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

class ElementReader {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Reads one element and the comma behind it. */
  read(): ForwardedElement | 'empty' | undefined {
    const element: { -readonly [Key in Parameter]?: string } = {};
    let isEmpty = true;
    for (;;) {
      this.#skipSpace();
      const separator = this.#text[this.#at];
      if (separator === undefined || separator === ',' || separator === ';') {
        this.#at++;
        if (separator === ';') continue;
        return isEmpty ? 'empty' : element;
      }
      if (!this.#readPair(element)) return undefined;
      isEmpty = false;
    }
  }

  #readPair(element: { -readonly [Key in Parameter]?: string }): boolean {
    const equals = this.#text.indexOf('=', this.#at);
    if (equals < 0) return false;
    const name = this.#text.slice(this.#at, equals);
    if (!isToken(name)) return false;
    this.#at = equals + 1;
    const value = this.#text[this.#at] === '"' ? this.#readQuoted() : this.#readPlain();
    this.#skipSpace();
    const next = this.#text[this.#at];
    if (value === undefined || (next !== undefined && next !== ',' && next !== ';')) return false;
    const parameter = parameters.find((known) => isSameName(known, name));
    if (parameter === undefined) return true;
    if (element[parameter] !== undefined) return false;
    element[parameter] = value;
    return true;
  }

  #readPlain(): string | undefined {
    const start = this.#at;
    while (!this.done && !' \t,;"\\'.includes(this.#text[this.#at] ?? '')) this.#at++;
    return this.#at === start ? undefined : this.#text.slice(start, this.#at);
  }

  #readQuoted(): string | undefined {
    let value = '';
    let start = this.#at + 1;
    for (let at = start; at < this.#text.length; at++) {
      const character = this.#text[at];
      if (character === '\\') {
        value += this.#text.slice(start, at);
        start = ++at;
      } else if (character === '"') {
        this.#at = at + 1;
        return value + this.#text.slice(start, at);
      }
    }
    return undefined;
  }

  #skipSpace(): void {
    this.#at = skipSpace(this.#text, this.#at, this.#text.length);
  }
}

/** Writes one element; values that are no tokens are quoted (RFC 7239 section 4). */
export function formatForwarded(element: ForwardedElement): string {
  let text = '';
  for (const parameter of parameters) {
    const value = element[parameter];
    if (value !== undefined) text += `${text === '' ? '' : ';'}${parameter}=${isToken(value) ? value : quote(value)}`;
  }
  return text;
}

function quote(value: string): string {
  if (!value.includes('"') && !value.includes('\\')) return `"${value}"`;
  return `"${value.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`)}"`;
}
