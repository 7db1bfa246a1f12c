// The Via field (RFC 9110 section 7.6.3): says that we were here, and so tells when a request comes round again.
import { isSameName } from './field-syntax.ts';
import type { HeaderList } from './header-list.ts';

/** Adds our entry behind those of the proxies before us. */
export function appendVia(headers: HeaderList, version: string, pseudonym: string): void {
  headers.append('Via', `${version} ${pseudonym}`);
}

/** Whether a proxy of this pseudonym has forwarded the message before. Comments in Via, which may hold anything, do not count. */
export function hasVisited(headers: HeaderList, pseudonym: string): boolean {
  if (!headers.has('via')) return false;
  return headers.getAll('via').some((line) => receivedByNames(line).some((name) => isSameName(name, pseudonym)));
}

/** The `received-by` part of each entry of a Via line. */
export function receivedByNames(line: string): string[] {
  const names: string[] = [];
  for (const entry of withoutComments(line).split(',')) {
    const [, receivedBy] = entry.trim().split(/[ \t]+/, 2);
    if (receivedBy !== undefined) names.push(receivedBy);
  }
  return names;
}

/** The line without its comments, which nest and may hold commas and escaped parentheses. */
function withoutComments(line: string): string {
  if (!line.includes('(')) return line;
  let depth = 0;
  let kept = '';
  for (let index = 0; index < line.length; index++) {
    const character = line[index];
    if (character === '\\' && depth > 0) index++;
    else if (character === '(') depth++;
    else if (character === ')' && depth > 0) depth--;
    else if (depth === 0) kept += character;
  }
  return kept;
}
