// One idea per file. An idea that needs more than this many lines is two ideas.

import { expect, test } from 'vitest';
import { readPublishedSources, type TextFile } from './source-tree.ts';

const maxLines = 250;

function findLongFiles(files: readonly TextFile[]): string[] {
  return files
    .map((file) => ({ path: file.path, lines: file.text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > maxLines)
    .map((file) => `${file.path} has ${file.lines} lines`);
}

test(`no source file is longer than ${maxLines} lines`, () => {
  const files = readPublishedSources();
  expect(files.length).toBeGreaterThan(0);
  expect(findLongFiles(files)).toEqual([]);
});

test('finds a file that is one line too long', () => {
  const file = { path: 'a.ts', text: 'x;\n'.repeat(maxLines) };
  expect(findLongFiles([file])).toEqual([]);
  expect(findLongFiles([{ ...file, text: `${file.text}x;\n` }])).toEqual(['a.ts has 251 lines']);
});
