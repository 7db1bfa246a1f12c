// Comma-separated lists of tokens in field values (RFC 9110 section 5.6.1), over one or several field lines.
import type { HeaderList } from './header-list.ts';

/** The items of a list field, trimmed, without empty ones. Quoted strings are not expected: use it for tokens only. */
export function listTokens(headers: HeaderList, name: string): string[] {
  const value = headers.get(name);
  if (value === undefined) return [];
  const tokens: string[] = [];
  for (const line of headers.getAll(name)) {
    for (const item of line.split(',')) {
      const token = item.trim();
      if (token !== '') tokens.push(token);
    }
  }
  return tokens;
}
