import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FieldScanner, offsetsPerField } from './field-scanner.ts';
import { SectionReader } from './section-reader.ts';

const limits = { maxBytes: 1_000, maxFields: 5 };

/** Scans a section that arrives in pieces, each in memory of its own that is overwritten afterwards. */
function scan(text: string, cuts: readonly number[] = []): { offsets: number[]; text: string; rest: number } {
  const bytes = Buffer.from(text, 'latin1');
  const scanner = new FieldScanner(limits, (what) => {
    throw new Error(what);
  });
  const section = new SectionReader(scanner);
  scanner.begin(0);
  section.begin();
  const edges = [0, ...new Set(cuts), bytes.length].toSorted((a, b) => a - b);
  for (let index = 1; index < edges.length; index++) {
    const start = edges[index - 1] ?? 0;
    const end = edges[index] ?? 0;
    const piece = Buffer.from(bytes.subarray(start, end));
    const taken = section.feed(piece, 0, piece.length);
    if (section.complete) return { offsets: scanner.offsets(), text: section.text(), rest: end - start - taken };
    piece.fill(0);
  }
  throw new Error('incomplete');
}

function fields(text: string, cuts: readonly number[] = []): string[] {
  const { offsets, text: scanned } = scan(text, cuts);
  const flat: string[] = [];
  for (let at = 0; at < offsets.length; at += offsetsPerField) {
    const [nameStart, nameEnd, valueStart, valueEnd] = offsets.slice(at, at + 4);
    flat.push(scanned.slice(nameStart, nameEnd), scanned.slice(valueStart, valueEnd));
  }
  return flat;
}

test('finds names and values without the space around values', () => {
  expect(fields('A: 1\r\nb-c:\t two words \t\r\nEmpty:\r\nSpace:   \r\n\r\n')).toEqual([
    'A',
    '1',
    'b-c',
    'two words',
    'Empty',
    '',
    'Space',
    '',
  ]);
});

test('an empty section has no fields', () => {
  expect(fields('\r\n')).toEqual([]);
});

test('leaves alone what stands behind the section', () => {
  expect(scan('A: 1\r\n\r\nGET / HTTP/1.1', [3]).rest).toBe(14);
});

test('values may have tabs, spaces and bytes from 0x80', () => {
  expect(fields('A: \u00e9\t\u0080 \u00ff\r\n\r\n')).toEqual(['A', '\u00e9\t\u0080 \u00ff']);
});

test.each([
  ['a folded field line', 'A: 1\r\n b\r\n\r\n'],
  ['a folded field line', '\tA: 1\r\n\r\n'],
  ['white space in a field name or before its colon', 'A : 1\r\n\r\n'],
  ['white space in a field name or before its colon', 'A\t: 1\r\n\r\n'],
  ['a field line without a colon', 'A\r\n\r\n'],
  ['a field line without a name', ': 1\r\n\r\n'],
  ['a field name that is not a token', 'A(b): 1\r\n\r\n'],
  ['a field name that is not a token', 'A\u0000: 1\r\n\r\n'],
  ['a field name that is not a token', '\u00e9: 1\r\n\r\n'],
  ['a bare LF', 'A: 1\n\r\n'],
  ['a bare CR', 'A: 1\rB: 2\r\n\r\n'],
  ['a bare CR', 'A: 1\r\n\rB: 2\r\n\r\n'],
  ['a NUL', 'A: 1\u0000\r\n\r\n'],
  ['a control character', 'A: \u0001\r\n\r\n'],
  ['a control character', 'A: \u007f\r\n\r\n'],
  ['more than 5 field lines', `${'A: 1\r\n'.repeat(6)}\r\n`],
  ['more than 1000 bytes of fields', `A: ${'x'.repeat(1_000)}\r\n\r\n`],
])('refuses %s: %j', (what, text) => {
  expect(() => fields(text)).toThrow(what);
  // The same wherever the bytes are cut.
  for (let cut = 1; cut < Math.min(text.length, 40); cut++) expect(() => fields(text, [cut])).toThrow(what);
});

test('takes as many fields and bytes as the limits say', () => {
  expect(fields(`${'A: 1\r\n'.repeat(5)}\r\n`)).toHaveLength(10);
  expect(fields(`A: ${'x'.repeat(1_000 - 7)}\r\n\r\n`)[1]).toHaveLength(993);
});

test('finds the same wherever the bytes are cut', () => {
  const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,8}$/);
  const value = fc.stringMatching(/^([!-~\u0080-\u00ff]([\t -~\u0080-\u00ff]{0,10}[!-~\u0080-\u00ff])?)?$/);
  const lines = fc.array(fc.tuple(name, fc.constantFrom('', ' ', '\t  '), value, fc.constantFrom('', ' \t')), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(lines, fc.array(fc.nat(150)), (all, cuts) => {
      const text = `${all.map(([key, before, item, after]) => `${key}:${before}${item}${after}\r\n`).join('')}\r\n`;
      const inside = cuts.filter((cut) => cut > 0 && cut < text.length);
      expect(fields(text, inside)).toEqual(all.flatMap(([key, , item]) => [key, item]));
    }),
  );
});
