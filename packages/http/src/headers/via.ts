// The Via field (RFC 9110 section 7.6.3): says that we were here, and so tells when a request comes round again.
import { isSameName, skipSpace, trimmedSlice } from './field-syntax.ts';
import type { HeaderList } from './header-list.ts';

/** Adds our entry behind those of the proxies before us. */
export function appendVia(headers: HeaderList, version: string, pseudonym: string): void {
  headers.append('Via', `${version} ${pseudonym}`);
}

/** Whether a proxy of this pseudonym has forwarded the message before. */
export function hasVisited(headers: HeaderList, pseudonym: string): boolean {
  return headers.has('via') && viaNames(headers).some((name) => isSameName(name, pseudonym));
}

/** The names of the proxies that forwarded the message, the first one first: the `received-by` of each entry. Comments do not count. */
export function viaNames(headers: HeaderList): string[] {
  const names: string[] = [];
  for (const line of headers.getAll('via')) {
    const text = withoutComments(line);
    for (let start = 0; start <= text.length;) {
      const comma = text.indexOf(',', start);
      const end = comma < 0 ? text.length : comma;
      const name = receivedBy(text, start, end);
      if (name !== '') names.push(name);
      start = end + 1;
    }
  }
  return names;
}

/** The second word of an entry; the first is the protocol. */
function receivedBy(text: string, start: number, end: number): string {
  const protocol = skipSpace(text, start, end);
  const name = skipSpace(text, endOfWord(text, protocol, end), end);
  return trimmedSlice(text, name, endOfWord(text, name, end));
}

function endOfWord(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text[at] !== ' ' && text[at] !== '\t') at++;
  return at;
}

/**
 * The line with a space for each comment. Comments nest, and may hold commas and escaped parentheses (RFC 9110 section 5.6.5).
 *
 * One that never closes is no comment: otherwise a client could open it, and hide in it what the proxies behind it add to the line.
 */
function withoutComments(line: string): string {
  let text = '';
  let kept = 0;
  for (let open = line.indexOf('('); open >= 0; open = line.indexOf('(', kept)) {
    const close = endOfComment(line, open);
    if (close < 0) break;
    text += `${line.slice(kept, open)} `;
    kept = close;
  }
  return text + line.slice(kept);
}

/** The index behind the comment that starts at `open`; -1 when it never closes. */
function endOfComment(line: string, open: number): number {
  let depth = 0;
  for (let at = open; at < line.length; at++) {
    const character = line[at];
    if (character === '\\') at++;
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at + 1;
  }
  return -1;
}
