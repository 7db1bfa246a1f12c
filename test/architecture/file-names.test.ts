// A file's name says what is in it. "utils" says that nobody knew.

import { expect, test } from 'vitest';
import { listFiles } from './source-tree.ts';

const grabBagWords: ReadonlySet<string> = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'stuff']);
const grabBagNames: ReadonlySet<string> = new Set(['types', 'constants', 'shared', 'lib', 'interfaces']);
const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** TypeScript paths with a folder or file that is a grab-bag, or not in kebab-case. */
function findPoorNames(filePaths: readonly string[]): string[] {
  return filePaths.filter((filePath) => {
    const names = filePath.replace(/(?:\.test|\.config)?\.ts$/, '').split('/');
    return names.some((name) => {
      const isGrabBag = grabBagNames.has(name) || name.split('-').some((word) => grabBagWords.has(word));
      return isGrabBag || !kebabCase.test(name);
    });
  });
}

/** Unit tests in a package without the file that they test beside them. */
function findOrphanTests(filePaths: readonly string[]): string[] {
  const present = new Set(filePaths);
  return filePaths.filter((file) => file.endsWith('.test.ts') && !present.has(file.replace(/\.test\.ts$/, '.ts')));
}

test('files and folders are named for what is in them, in kebab-case', () => {
  const filePaths = ['packages', 'examples', 'test', 'bench'].flatMap(listFiles).filter((file) => file.endsWith('.ts'));
  expect(findPoorNames(filePaths)).toEqual([]);
});

test('a unit test stands beside the file that it tests', () => {
  expect(findOrphanTests(listFiles('packages'))).toEqual([]);
});

test('finds grab-bags, and names that are not in kebab-case', () => {
  const poor = [
    'packages/core/src/utils/a.ts',
    'test/string-helpers.ts',
    'packages/l4/src/types.ts',
    'test/rawClient.ts',
  ];
  expect(findPoorNames([...poor, 'packages/core/src/upstream/upstream.test.ts', 'vitest.config.ts'])).toEqual(poor);
});

test('finds a test without its file', () => {
  expect(findOrphanTests(['p/a.ts', 'p/a.test.ts', 'p/b.test.ts'])).toEqual(['p/b.test.ts']);
});
