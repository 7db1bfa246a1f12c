// The grammar of field names and values (RFC 9110 section 5), by tables instead of regexps.

/** `tchar` of RFC 9110 section 5.6.2. */
const tokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

const isTokenCode: readonly boolean[] = Object.freeze(
  Array.from({ length: 256 }, (_, code) => tokenCharacters.includes(String.fromCharCode(code))),
);

/** Whether `text` is a token: a method, a field name, a protocol name. */
export function isToken(text: string): boolean {
  if (text.length === 0) return false;
  for (let index = 0; index < text.length; index++) {
    if (isTokenCode[text.charCodeAt(index)] !== true) return false;
  }
  return true;
}

/** Whether `text` can be a field's value: tabs, visible characters and bytes from 0x80, no line break, NUL or other control. */
export function isFieldValue(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff) return false;
  }
  return true;
}

/** Whether two field names are the same; names are ASCII, and their letter case does not count. */
export function isSameName(one: string, other: string): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) {
    const a = one.charCodeAt(index);
    const b = other.charCodeAt(index);
    if (a === b) continue;
    const folded = a | 0x20;
    if (folded !== (b | 0x20) || folded < 0x61 || folded > 0x7a) return false;
  }
  return true;
}
