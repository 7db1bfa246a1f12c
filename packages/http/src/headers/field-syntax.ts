// The grammar of field names and values (RFC 9110 section 5), by tables and character codes instead of regexps.

/** `tchar` of RFC 9110 section 5.6.2. */
const tokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** What a name of a host is made of (RFC 3986 section 3.2.2) but for the comma: nothing that could end it, in any reader's eyes. */
const hostCharacters = "!$%&'()*+-.;=_~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const digits = '0123456789';

const isTokenCode = tableOf(tokenCharacters);
const isHostCode = tableOf(hostCharacters);
const isAddressCode = tableOf(`${digits}abcdefABCDEF:.`);
const isDigitCode = tableOf(digits);

/** Not frozen: a look-up in a frozen array takes more than twice as long. */
function tableOf(characters: string): readonly boolean[] {
  return Array.from({ length: 256 }, (_, code) => characters.includes(String.fromCharCode(code)));
}

/** The end of the characters from `start` on that are in the table. */
function endOfRun(text: string, start: number, table: readonly boolean[]): number {
  let at = start;
  while (at < text.length && table[text.charCodeAt(at)] === true) at++;
  return at;
}

/** Whether `text` is a token: a method, a field name, a protocol name. */
export function isToken(text: string): boolean {
  return text.length > 0 && endOfRun(text, 0, isTokenCode) === text.length;
}

/** Whether `text` is a host with an optional port: no `/`, `@`, comma, quote or white space, one port at most, an IPv6 address in brackets. */
export function isAuthority(text: string): boolean {
  const isBracketed = text.startsWith('[');
  const start = isBracketed ? 1 : 0;
  let end = endOfRun(text, start, isBracketed ? isAddressCode : isHostCode);
  if (end === start) return false;
  if (isBracketed && text[end++] !== ']') return false;
  return end === text.length || (text[end] === ':' && endOfRun(text, end + 1, isDigitCode) === text.length);
}

/** Whether `text` can be a field's value: tabs, visible characters and bytes from 0x80, no line break, NUL or other control. */
export function isFieldValue(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x20 && code <= 0x7e) continue;
    if (code !== 0x09 && (code < 0x80 || code > 0xff)) return false;
  }
  return true;
}

/** Whether a text has that name at `start`; letter case does not count. */
export function isNameAt(text: string, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const a = text.charCodeAt(start + index);
    const b = name.charCodeAt(index);
    if (a === b) continue;
    const folded = a | 0x20;
    if (folded !== (b | 0x20) || folded < 0x61 || folded > 0x7a) return false;
  }
  return true;
}

/** Whether two field names are the same; names are ASCII, and their letter case does not count. */
export function isSameName(one: string, other: string): boolean {
  if (one === other) return true;
  return one.length === other.length && isNameAt(one, 0, other);
}

/** The first index from `start` that is not optional white space (spaces and tabs), at most `end`. */
export function skipSpace(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isSpaceCode(text.charCodeAt(at))) at++;
  return at;
}

/** The end of `text` from `start` to `end` without the optional white space behind it. */
export function trimEnd(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isSpaceCode(text.charCodeAt(at - 1))) at--;
  return at;
}

/** The part of `text` from `start` to `end`, without the optional white space around it. */
export function trimmedSlice(text: string, start: number, end: number): string {
  const from = skipSpace(text, start, end);
  return text.slice(from, trimEnd(text, from, end));
}

/** Space or tab: what RFC 9110 section 5.6.3 calls OWS. `String.trim` takes more, such as a no-break space. */
function isSpaceCode(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
