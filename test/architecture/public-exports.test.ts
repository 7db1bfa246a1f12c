// The public names of each package are a promise, so they stand in a committed list: exports/<entry point>.txt.
// After a wanted change: `pnpm test:architecture -u`, and a changeset.

import ts from 'typescript';
import { expect, test } from 'vitest';
import { parseSource } from './parsed-source.ts';
import { entryPoints, readText, type TextFile } from './source-tree.ts';

/** The exported names of a barrel, one a line: `type Upstream`, `value createUpstream`. */
function describeExports(file: TextFile): string {
  const lines: string[] = [];
  for (const statement of parseSource(file).statements) {
    if (!ts.isExportDeclaration(statement)) continue;
    const clause = statement.exportClause;
    if (clause === undefined || !ts.isNamedExports(clause)) throw new Error(`${file.path} has an export without names`);
    for (const element of clause.elements) {
      const kind = statement.isTypeOnly || element.isTypeOnly ? 'type' : 'value';
      lines.push(`${kind} ${element.name.text}\n`);
    }
  }
  return lines.toSorted().join('');
}

test.each(entryPoints)('the public exports of $specifier are the listed ones', async ({ name, index: path }) => {
  const exports = describeExports({ path, text: readText(path) });
  expect(exports).not.toBe('');
  await expect(exports).toMatchFileSnapshot(`exports/${name}.txt`);
});

test('lists renamed names under their public name, and types apart from values', () => {
  const text = `export { b as c, type A } from './a.ts';\nexport type { D } from './d.ts';`;
  expect(describeExports({ path: 'index.ts', text })).toBe('type A\ntype D\nvalue c\n');
  expect(() => describeExports({ path: 'index.ts', text: `export * from './a.ts';` })).toThrow('without names');
});
