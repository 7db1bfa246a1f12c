// The bytes that HTTP/1.1 gives a meaning, and the classes its grammar sorts them into.

export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const DQUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const DEL = 0x7f;

const tokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** 1 for each byte that may stand in a token (RFC 9110 section 5.6.2), so in a field name or a method. */
export const tokenBytes: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, byte) =>
  tokenCharacters.includes(String.fromCharCode(byte)) ? 1 : 0,
);

/** The same, but 3 for a `_`. */
export const nameBytes: Readonly<Uint8Array> = tokenBytes.map((kind, byte) => (byte === 0x5f ? 3 : kind));

/** Whether a byte is a decimal digit. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** The value of a hexadecimal digit, or -1. */
export function hexValue(byte: number): number {
  if (isDigit(byte)) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** 1 for each byte that may stand in a field value or a reason phrase: visible, obs-text, space or tab (RFC 9110 section 5.5). */
export const textBytes: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= SP && byte !== DEL) || byte === HTAB ? 1 : 0,
);
