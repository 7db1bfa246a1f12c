// A warning is fixed, not silenced: nothing in the packages switches the linter or the type checker off.

import { expect, test } from 'vitest';
import { packageFolders, readTypeScript, type TextFile } from './source-tree.ts';

const suppression = /(?:eslint|oxlint)-disable|@ts-(?:ignore|expect-error|nocheck)|prettier-ignore/;

function findSuppressions(file: TextFile): string[] {
  return file.text
    .split('\n')
    .flatMap((line, index) => (suppression.test(line) ? [`${file.path}:${index + 1} ${line.trim()}`] : []));
}

test('no comment silences a check', () => {
  const files = packageFolders.flatMap((name) => readTypeScript(`packages/${name}/src`));
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => findSuppressions(file))).toEqual([]);
});

test('finds a comment that silences a check', () => {
  const text = 'const a = 1;\n// @ts-ignore\n/* oxlint-disable no-console */\n// eslint-disable-next-line';
  expect(findSuppressions({ path: 'a.ts', text })).toHaveLength(3);
});
