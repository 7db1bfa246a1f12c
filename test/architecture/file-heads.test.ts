// A source file starts by saying what lives in it, and what does not.

import { expect, test } from 'vitest';
import { readPublishedSources, type TextFile } from './source-tree.ts';

function findHeadless(files: readonly TextFile[]): string[] {
  return files.filter((file) => !/^\/\/ \S/.test(file.text)).map((file) => file.path);
}

test('every source file starts with a comment on what lives in it', () => {
  const files = readPublishedSources();
  expect(files.length).toBeGreaterThan(0);
  expect(findHeadless(files)).toEqual([]);
});

test('finds a file that starts with code', () => {
  const files = [
    { path: 'a.ts', text: '// What a is.\nexport const a = 1;\n' },
    { path: 'b.ts', text: 'export const b = 1;\n' },
    { path: 'c.ts', text: '//\n' },
  ];
  expect(findHeadless(files)).toEqual(['b.ts', 'c.ts']);
});
