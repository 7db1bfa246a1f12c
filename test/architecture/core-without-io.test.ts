// core decides and never does: it opens no socket, reads no file, starts no process. So it is told which Node modules it may import.

import { expect, test } from 'vitest';
import { listModuleReferences } from './parsed-source.ts';
import { isTestCode, readTypeScript, type TextFile } from './source-tree.ts';

// All three compute and hold no handle. A module that is not listed needs a reason first.
const allowedInCore: ReadonlySet<string> = new Set(['node:buffer', 'node:crypto', 'node:events']);

function findForbiddenModules(file: TextFile): string[] {
  return listModuleReferences(file)
    .filter(({ specifier }) => specifier.startsWith('node:') && !allowedInCore.has(specifier))
    .map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}`);
}

test('core imports no Node module that does I/O', () => {
  const files = readTypeScript('packages/core/src').filter((file) => !isTestCode(file.path));
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => findForbiddenModules(file))).toEqual([]);
});

test('finds a module that does I/O, also as a type', () => {
  const text = `import { createHash } from 'node:crypto';\nimport type { Socket } from 'node:net';\nimport fs from 'node:fs/promises';`;
  expect(findForbiddenModules({ path: 'a.ts', text })).toEqual([
    'a.ts:2 imports node:net',
    'a.ts:3 imports node:fs/promises',
  ]);
});
