import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HostNameTable } from './host-name-table.ts';

function tableOf(...patterns: readonly string[]): HostNameTable<string> {
  const table = new HostNameTable<string>();
  for (const pattern of patterns) expect(table.add(pattern, pattern)).toBeUndefined();
  return table;
}

test('an exact name comes before wildcards, and a long wildcard before a short one', () => {
  const table = tableOf('a.example.org', '*.example.org', '*.b.example.org', '*.org');
  expect(table.find('a.example.org')).toBe('a.example.org');
  expect(table.find('c.example.org')).toBe('*.example.org');
  expect(table.find('x.b.example.org')).toBe('*.b.example.org');
  expect(table.find('b.example.org')).toBe('*.example.org');
  expect(table.find('example.org')).toBe('*.org');
  expect(table.find('example.com')).toBeUndefined();
});

test('a wildcard stands for names of any depth, and not for what stands behind it', () => {
  const table = tableOf('*.example.org');
  expect(table.find('www.eu.example.org')).toBe('*.example.org');
  expect(table.find('example.org')).toBeUndefined();
  expect(table.find('wwwexample.org')).toBeUndefined();
  expect(table.find('.example.org')).toBeUndefined();
});

test('case, a final dot and the script do not matter', () => {
  const table = tableOf('A.Example.', '*.B.Example.', 'b\u00fccher.example');
  expect(table.find('xn--bcher-kva.example')).toBe('b\u00fccher.example');
  expect(table.find('a.example')).toBe('A.Example.');
  expect(table.find('x.b.example')).toBe('*.B.Example.');
});

test('refuses what is no host name', () => {
  expect(new HostNameTable().add('a b', 1)).toMatch(/must be a host name/);
});

test('refuses the same name in two ways of writing', () => {
  const table = tableOf('a.example', '*.a.example');
  expect(table.add('A.example.', 'x')).toMatch(/twice/);
  expect(table.add('*.A.example', 'x')).toMatch(/twice/);
  expect(table.find('a.example')).toBe('a.example');
});

test('finds what a search through all patterns finds', () => {
  const label = fc.constantFrom('a', 'b', 'c');
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const pattern = fc.tuple(fc.boolean(), name).map(([isWildcard, rest]) => (isWildcard ? `*.${rest}` : rest));
  fc.assert(
    fc.property(fc.uniqueArray(pattern, { maxLength: 12 }), name, (patterns, wanted) => {
      const matching = patterns.filter(
        (one) => one === wanted || (one.startsWith('*') && wanted.endsWith(one.slice(1))),
      );
      const best = matching.toSorted((a, b) => Number(b === wanted) - Number(a === wanted) || b.length - a.length)[0];
      expect(tableOf(...patterns).find(wanted)).toBe(best);
    }),
  );
});
