// How a wrong value reads in a message.

const longestText = 60;

/** Names a value and its type, shortly: `"2" (string)`, `1.5`, `a list`, `a function`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  if (typeof value === 'string') {
    return `${JSON.stringify(value.length > longestText ? `${value.slice(0, longestText)}…` : value)} (string)`;
  }
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
