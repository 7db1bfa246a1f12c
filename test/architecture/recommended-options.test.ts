// The options that the guide recommends are those that the bench has measured.

import { expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** The lines of an object literal, without their indentation. @param start - The line before them */
function readOptions(file: string, start: string, end: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  const from = text.indexOf(start) + start.length;
  return text.slice(from, text.indexOf(end, from)).trim().split(/\n\s*/);
}

test('the guide recommends what the bench measures', () => {
  const measured = readOptions('bench/faults/recommended.ts', 'return {', '\n  };');
  expect(measured.length).toBeGreaterThan(10);
  expect(readOptions('docs/guide/21-measured.md', 'createProxy({', '\n});')).toEqual(measured);
});
