import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeaderList } from './header-list.ts';
import { createLooseNameSet, createMisspeltNameSet, createNameSet } from './name-set.ts';

test('has its names in any letter case and no others', () => {
  const names = createNameSet(['via', 'x-real-ip', 'vie']);
  expect(['Via', 'VIE', 'X-Real-IP'].every((name) => names.has(name))).toBe(true);
  expect(['', 'vi', 'vib', 'x-real-i', 'x-real-ip-too', '__proto__'].some((name) => names.has(name))).toBe(false);
  expect(createNameSet([]).has('a')).toBe(false);
});

test('has exactly the names a list would have', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'A', 'b', '-', 'é'), maxLength: 3 });
  fc.assert(
    fc.property(fc.array(name), name, (members, asked) => {
      const expected = members.some((member) => member.toLowerCase() === asked.toLowerCase());
      // Names are ASCII; the only other character here has one letter case.
      expect(createNameSet(members).has(asked)).toBe(expected);
    }),
  );
});

test('deletes all lines of all its names', () => {
  const headers = createHeaderList(['a', '1', 'B', '2', 'c', '3', 'A', '4', 'b', '5']);
  headers.deleteAll(createNameSet(['A', 'b', 'absent']));
  expect(headers.toFlat()).toEqual(['c', '3']);
});

test('finds a name inside a text', () => {
  const names = createLooseNameSet(['b-c']);
  const text = 'a: 1 B-C: 2 b_c: 3';
  const starts = Array.from({ length: text.length - 3 }, (_, start) => start);
  expect(starts.filter((start) => names.hasAt(text, start, start + 3))).toEqual([5, 12]);
});

test('a loose set has the spellings with underscores as well, mixed ones too', () => {
  const names = createLooseNameSet(['x-forwarded-for']);
  expect(['X-Forwarded-For', 'X_Forwarded_For', 'x_forwarded-for'].every((name) => names.has(name))).toBe(true);
  expect(['x__forwarded_for', 'x_forwarded', 'x-other'].some((name) => names.has(name))).toBe(false);
});

test('a set of misspelt names has them only with an underscore', () => {
  const names = createMisspeltNameSet(['transfer-encoding']);
  expect([names.has('Transfer_Encoding'), names.has('Transfer-Encoding'), names.has('X_Other')]).toEqual([
    true,
    false,
    false,
  ]);
});
