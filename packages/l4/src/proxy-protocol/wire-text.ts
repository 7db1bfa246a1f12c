// Text inside a header: UTF-8 without control characters. It ends up in logs, and one that holds a line end would write a line of its own.

/** Control characters, halves of surrogate pairs, and what decoding puts where there is no UTF-8. */
const noText = /[\p{Cc}\p{Cs}\uFFFD]/u;

/** Reads text; `undefined` when it is none. */
export function readText(bytes: Buffer): string | undefined {
  const text = bytes.toString();
  return isText(text) ? text : undefined;
}

/** Whether text can stand in a header. */
export function isText(text: string): boolean {
  return !noText.test(text);
}
