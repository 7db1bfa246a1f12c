// Finds the URL in a Refresh field: `5; url=https://shop.example/`. No RFC has it; browsers read it as the HTML standard reads `<meta http-equiv=refresh>`.
import { isSameName, skipSpace, trimEnd } from './field-syntax.ts';

/** Where the URL stands in the value; an empty range when there is none. */
export function findRefreshUrl(value: string): { readonly start: number; readonly end: number } {
  const none = { start: value.length, end: value.length };
  const separator = findSeparator(value);
  if (separator < 0) return none;
  const word = skipSpace(value, separator + 1, value.length);
  const equals = skipSpace(value, word + 3, value.length);
  if (!isSameName(value.slice(word, word + 3), 'url') || value[equals] !== '=') return none;
  const start = skipSpace(value, equals + 1, value.length);
  const quote = value[start];
  if (quote !== '"' && quote !== "'") return { start, end: trimEnd(value, start, value.length) };
  const close = value.indexOf(quote, start + 1);
  return { start: start + 1, end: close < 0 ? value.length : close };
}

/** The first semicolon or comma. */
function findSeparator(value: string): number {
  const semicolon = value.indexOf(';');
  const comma = value.indexOf(',');
  return semicolon < 0 || comma < 0 ? Math.max(semicolon, comma) : Math.min(semicolon, comma);
}
