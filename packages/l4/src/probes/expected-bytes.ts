// Whether the first bytes of an answer are those that were expected. Pure. Who reads them is first-answer.ts.

/** What an answer must begin with; a pattern must match somewhere in it, each byte read as one character. */
export type ExpectedBytes = string | Uint8Array | RegExp;

/** `undefined`: more bytes may tell. */
export type BytesMatch = (bytes: Buffer) => boolean | undefined;

/** Compiles an expectation. */
export function matchBytes(expected: ExpectedBytes): BytesMatch {
  if (expected instanceof RegExp) {
    // Flags that remember where the last match was would make one probe depend on another.
    const pattern = new RegExp(expected.source, expected.flags.replaceAll(/[gy]/g, ''));
    return (bytes) => (pattern.test(bytes.toString('latin1')) ? true : undefined);
  }
  const start = Buffer.from(expected);
  return (bytes) => {
    const length = Math.min(bytes.length, start.length);
    if (!bytes.subarray(0, length).equals(start.subarray(0, length))) return false;
    return length === start.length ? true : undefined;
  };
}

/** Bytes for a message: their first line, shortened, in quotes. */
export function quoteBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  const [line = ''] = text.split(/\r?\n/, 1);
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line);
}

/** What was expected, for a message. */
export function describeExpected(expected: ExpectedBytes): string {
  if (expected instanceof RegExp) return String(expected);
  return typeof expected === 'string' ? JSON.stringify(expected) : quoteBytes(expected);
}
