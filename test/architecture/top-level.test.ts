// The top level is a table of contents: five folders, and files. A sixth folder is a decision, not an accident.

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { repositoryRoot } from './source-tree.ts';

const folders = ['bench', 'docs', 'examples', 'packages', 'test'];

test('the top level has exactly its five folders', () => {
  const present = readdirSync(repositoryRoot, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
    .map((entry) => entry.name);
  expect(present.toSorted()).toEqual(folders);
});
