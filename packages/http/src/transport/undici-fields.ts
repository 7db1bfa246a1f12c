// Fields in the forms that undici hands them over, as our header lists.
import type { Dispatcher } from 'undici';
import { createHeaderList, type HeaderList } from '../headers/header-list.ts';

/** Fields as undici has them: raw pairs, as bytes or text, or an object in which duplicates are lists. */
export type UndiciFields = Dispatcher.DispatchController['rawHeaders'];

/** Makes a list of fields. Raw pairs keep order, letter case and duplicates; an object keeps what it has. */
export function readUndiciFields(fields: UndiciFields): HeaderList {
  if (fields === null || fields === undefined) return createHeaderList();
  const flat: string[] = [];
  if (Array.isArray(fields)) {
    for (const field of fields) flat.push(trimSpace(typeof field === 'string' ? field : field.toString('latin1')));
    return createHeaderList(flat);
  }
  for (const [name, value] of Object.entries(fields)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) flat.push(name, one);
  }
  return createHeaderList(flat);
}

/** undici leaves the space behind a value on it, which is no part of it (RFC 9110 section 5.5). */
function trimSpace(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  return text.slice(0, end);
}
