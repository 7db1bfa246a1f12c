// A test file is named for the behaviour it proves. A ticket's number proves nothing once the ticket is forgotten.

import path from 'node:path';
import { expect, test } from 'vitest';
import { listFiles } from './source-tree.ts';

const meaningless: ReadonlySet<string> = new Set([
  'issue',
  'issues',
  'bug',
  'bugs',
  'bugfix',
  'fix',
  'regression',
  'ticket',
  'test',
  'tests',
  'temp',
  'new',
  'old',
  'foo',
]);

/** Test files whose name has a meaningless word, or no word but numbers. */
function findMeaninglessNames(filePaths: readonly string[]): string[] {
  return filePaths.filter((filePath) => {
    const words = path.posix.basename(filePath, '.test.ts').split('-');
    return words.some((word) => meaningless.has(word)) || words.every((word) => /^\d*$/.test(word));
  });
}

test('every test file is named for a behaviour', () => {
  const testFiles = ['packages', 'test'].flatMap(listFiles).filter((file) => file.endsWith('.test.ts'));
  expect(testFiles.length).toBeGreaterThan(0);
  expect(findMeaninglessNames(testFiles)).toEqual([]);
});

test('finds names of tickets and numbers', () => {
  const poor = ['test/e2e/issue-123.test.ts', 'test/e2e/123.test.ts', 'test/e2e/proxy-fix.test.ts'];
  expect(findMeaninglessNames([...poor, 'test/conformance/rfc9112-framing.test.ts'])).toEqual(poor);
});
