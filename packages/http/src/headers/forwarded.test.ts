import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatForwarded, parseForwarded, readLastElement, type ForwardedElement } from './forwarded.ts';

/** The elements from right to left, until one can not be read; the first is the last of the value. */
function readBackwards(value: string): (ForwardedElement | undefined)[] {
  const elements: (ForwardedElement | undefined)[] = [];
  for (let end = value.length; end > 0;) {
    const { element, start } = readLastElement(value, end);
    end = start - 1;
    if (element === 'empty') continue;
    elements.push(element);
    if (element === undefined) break;
  }
  return elements;
}

const parameterValue = fc.string({ minLength: 1 });
const anyElement = fc
  .record(
    { for: parameterValue, by: parameterValue, host: parameterValue, proto: parameterValue },
    { requiredKeys: [] },
  )
  .filter((element) => Object.keys(element).length > 0);

test('parses the examples of RFC 7239', () => {
  expect(parseForwarded('for="_gazonk"')).toEqual([{ for: '_gazonk' }]);
  expect(parseForwarded('For="[2001:db8:cafe::17]:4711"')).toEqual([{ for: '[2001:db8:cafe::17]:4711' }]);
  expect(parseForwarded('for=192.0.2.60;proto=http;by=203.0.113.43')).toEqual([
    { for: '192.0.2.60', proto: 'http', by: '203.0.113.43' },
  ]);
  expect(parseForwarded('for=192.0.2.43, for=198.51.100.17')).toEqual([
    { for: '192.0.2.43' },
    { for: '198.51.100.17' },
  ]);
});

test('reads quoted commas, semicolons and escapes as text', () => {
  expect(parseForwarded(String.raw`host="a,b;c\"d\\";for=x`)).toEqual([
    { host: String.raw`a,b;c"d\ `.trim(), for: 'x' },
  ]);
});

test('ignores parameters it does not know', () => {
  expect(parseForwarded('for=a;secret=1;constructor=2;secret="3,4"')).toEqual([{ for: 'a' }]);
});

test('skips empty elements and pairs, and white space around them', () => {
  expect(parseForwarded(' , for=a ; ;proto=http\t,, ;host=b:80;')).toEqual([
    { for: 'a', proto: 'http' },
    { host: 'b:80' },
  ]);
  expect([parseForwarded(''), parseForwarded(' , ')]).toEqual([[], []]);
});

test.each([
  'for',
  'for=',
  '=a',
  'for="a',
  'for=a"b"',
  'for="a"b',
  'for=a;for=b',
  'for=a b',
  'for =a',
  'for= a',
  String.raw`for="a\"`,
  String.raw`for=a\b`,
  'for=a, for="',
])('refuses %s as a whole', (value) => {
  expect(parseForwarded(value)).toBeUndefined();
});

test('quotes what is no token', () => {
  expect(formatForwarded({ proto: 'https', for: '[::1]', host: String.raw`a"\b` })).toBe(
    String.raw`for="[::1]";host="a\"\\b";proto=https`,
  );
});

test('reads what it writes, whatever the values hold, from either end', () => {
  fc.assert(
    fc.property(fc.array(anyElement), (elements) => {
      const value = elements.map((element) => formatForwarded(element)).join(', ');
      expect(parseForwarded(value)).toEqual(elements);
      expect(readBackwards(value)).toEqual(elements.toReversed());
    }),
  );
});

test('reads the same from right to left as from left to right, where it can be read at all', () => {
  const text = fc.string({ unit: fc.constantFrom('"', '\\', ',', ';', '=', ' ', 'a', 'for=', 'for="') });
  fc.assert(
    fc.property(text, (value) => {
      const elements = parseForwarded(value);
      fc.pre(elements !== undefined);
      expect(readBackwards(value)).toEqual(elements.toReversed());
    }),
    { numRuns: 1000 },
  );
});

test('reads the last element the same, whatever stands in front of it', () => {
  const prefix = fc.string({ unit: fc.constantFrom('"', '\\', ',', ';', '=', ' ', 'a', 'for="') });
  fc.assert(
    fc.property(prefix, anyElement, (before, element) => {
      expect(readBackwards(`${before}, ${formatForwarded(element)}`)[0]).toEqual(element);
    }),
    { numRuns: 1000 },
  );
});
