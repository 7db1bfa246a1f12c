// What an endpoint says of its own weight in a field: `50%`, `drain`, `up`. Pure.

/**
 * Reads such a value: a share in percent, with or without the sign; `drain` is 0, `up` and `ready` are 100.
 *
 * @returns from 0 to 100; `undefined` for anything else, which means nothing
 */
export function parseWeightField(value: string): number | undefined {
  const text = value.trim().toLowerCase();
  if (text === 'drain') return 0;
  if (text === 'up' || text === 'ready') return 100;
  const digits = /^(\d{1,3})\s*%?$/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const percent = Number(digits);
  return percent <= 100 ? percent : undefined;
}
