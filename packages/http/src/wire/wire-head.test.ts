import { expect, test } from 'vitest';
import { describeHeaderList } from '../headers/header-list-contract.ts';
import { fieldNumber, misspeltField, unknownField } from '../headers/known-fields.ts';
import { createNameSet } from '../headers/name-set.ts';
import { FieldScanner } from './field-scanner.ts';
import { SectionReader } from './section-reader.ts';
import { WireHead } from './wire-head.ts';

const limits = { maxBytes: 65_536, maxFields: 1_000 };

/** What the wire would bring for these field lines. */
function fromWire(flat: readonly string[], before = ''): WireHead {
  let text = before;
  for (let at = 0; at < flat.length; at += 2) text += `${flat[at]}: ${flat[at + 1]}\r\n`;
  const bytes = Buffer.from(`${text}\r\n`, 'latin1');
  const scanner = new FieldScanner(limits, (what) => {
    throw new Error(what);
  });
  const section = new SectionReader(scanner);
  scanner.begin(before.length);
  section.feed(bytes, 0, bytes.length);
  return new WireHead(section.text(), scanner.offsets(), scanner.hasUnderscores);
}

describeHeaderList('over the text of a head', (flat) => fromWire(flat, 'HTTP/1.1 200 OK\r\n'));

test('outlives the bytes it was read from', () => {
  const bytes = Buffer.from('A: 1\r\n\r\n');
  const scanner = new FieldScanner(limits, (what) => {
    throw new Error(what);
  });
  const section = new SectionReader(scanner);
  scanner.begin(0);
  section.feed(bytes, 0, bytes.length);
  const head = new WireHead(section.text(), scanner.offsets(), scanner.hasUnderscores);
  bytes.fill(0);
  expect(head.toFlat()).toEqual(['A', '1']);
});

test('tells the number and the value of a line, also of an edited one', () => {
  const head = fromWire(['Host', 'a', 'X-Tag', 'b', 'x_tag', 'b']);
  head.set('X-Tag', 'c');
  head.append('Via', 'd');
  expect([0, 1, 2, 3].map((line) => [head.nameNumber(line), head.value(line)])).toEqual([
    [fieldNumber('host'), 'a'],
    [unknownField, 'c'],
    [misspeltField, 'b'],
    [fieldNumber('via'), 'd'],
  ]);
});

test('knows without a search what it can not have', () => {
  const head = fromWire(['Host', 'a', 'X-Tag', 'b']);
  const may = (name: string): boolean => head.mayHave(createNameSet([name]));
  expect([may('HOST'), may('via'), may('x-other'), may('a_b')]).toEqual([true, false, true, false]);
  head.append('Via', '1.1 a');
  expect(may('via')).toBe(true);
});

test('compares names as ASCII: bytes that differ by 0x20 are the same only if they are letters', () => {
  const head = fromWire(['a^b', '1', 'a~b', '2']);
  expect(head.get('A~B')).toBe('2');
  expect(head.get('A^B')).toBe('1');
});
