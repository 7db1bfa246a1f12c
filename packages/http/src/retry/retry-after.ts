// Reads Retry-After (RFC 9110 section 10.2.3): a number of seconds, not milliseconds, or a date.

/**
 * How long an endpoint asks to be left alone, in milliseconds; 0 for a date that has passed, `undefined` for anything that is neither form.
 *
 * @param wallTimeMs - Milliseconds since 1970, now.
 */
export function parseRetryAfter(value: string, wallTimeMs: number): number | undefined {
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000;
  // The date of a header is in GMT and begins with a day's name; Date.parse takes much more than that.
  if (!/^[A-Z][a-z]{2,8},? .*(?:GMT|\d{4})$/.test(value)) return undefined;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - wallTimeMs);
}
