// Comma-separated lists of tokens in field values (RFC 9110 section 5.6.1), over one or several field lines.
import { trimmedSlice } from './field-syntax.ts';
import type { HeaderList } from './header-list.ts';

const none: readonly string[] = Object.freeze([]);

/** The items of a list field, trimmed, without empty ones. Quoted strings are not expected: use it for tokens only. */
export function listTokens(headers: HeaderList, name: string): readonly string[] {
  if (!headers.has(name)) return none;
  const tokens: string[] = [];
  for (const line of headers.getAll(name)) {
    forEachToken(line, (token) => {
      tokens.push(token);
    });
  }
  return tokens;
}

/** Visits the items of one line as `listTokens` does. */
export function forEachToken(line: string, visit: (token: string) => void): void {
  for (let start = 0; start <= line.length;) {
    const comma = line.indexOf(',', start);
    const end = comma < 0 ? line.length : comma;
    const token = trimmedSlice(line, start, end);
    if (token !== '') visit(token);
    start = end + 1;
  }
}

/** The value of a list field as one line; `''` when it is absent. */
export function joinedLines(headers: HeaderList, name: string): string {
  return headers.has(name) ? headers.getAll(name).join(', ') : '';
}
