// A function fits on one screen. What a function holds in nested functions counts, so a closure is no way around it.

import ts from 'typescript';
import { expect, test } from 'vitest';
import { lineOf, parseSource, walk } from './parsed-source.ts';
import { readPublishedSources, type TextFile } from './source-tree.ts';

const maxLines = 60;

function findLongFunctions(file: TextFile): string[] {
  const source = parseSource(file);
  const long: string[] = [];
  walk(source, (node) => {
    if (!ts.isFunctionLike(node)) return;
    const first = lineOf(source, node.getStart());
    const lines = lineOf(source, node.end) - first + 1;
    if (lines > maxLines) long.push(`${file.path}:${first} has a function of ${lines} lines`);
  });
  return long;
}

test(`no function is longer than ${maxLines} lines`, () => {
  const files = readPublishedSources();
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => findLongFunctions(file))).toEqual([]);
});

test('finds a long function, method and arrow function, and leaves a long class alone', () => {
  const body = 'x();\n'.repeat(maxLines - 1);
  expect(findLongFunctions({ path: 'a.ts', text: `function a() {\n${body}}` })).toHaveLength(1);
  expect(findLongFunctions({ path: 'a.ts', text: `const a = () => {\n${body}};` })).toHaveLength(1);
  expect(findLongFunctions({ path: 'a.ts', text: `class A {\n m() {\n${body}}\n}` })).toHaveLength(1);
  expect(findLongFunctions({ path: 'a.ts', text: `class A {\n${'  x = 1;\n'.repeat(maxLines)}}` })).toEqual([]);
});
