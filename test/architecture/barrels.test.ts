// Each package's index.ts is its contract, written by hand: explicit lists, nothing else. No other file only passes things on.

import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { lineOf, parseSource } from './parsed-source.ts';
import { entryPoints, readPublishedSources, readText, type TextFile } from './source-tree.ts';

function isReExport(statement: ts.Statement): statement is ts.ExportDeclaration {
  return ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined;
}

/** `export *` in any form. */
function findStarExports(file: TextFile): string[] {
  const source = parseSource(file);
  return source.statements
    .filter(
      (statement) =>
        isReExport(statement) && (statement.exportClause === undefined || ts.isNamespaceExport(statement.exportClause)),
    )
    .map((statement) => `${file.path}:${lineOf(source, statement.getStart())}`);
}

/** Statements of an index.ts that are no re-export list. */
function findCodeInBarrel(file: TextFile): string[] {
  const source = parseSource(file);
  return source.statements
    .filter((statement) => !isReExport(statement))
    .map((statement) => `${file.path}:${lineOf(source, statement.getStart())}`);
}

/** True when a file declares nothing of its own. */
function isBarrel(file: TextFile): boolean {
  const { statements } = parseSource(file);
  return statements.length > 0 && statements.every((statement) => isReExport(statement));
}

describe('barrels', () => {
  test.each(entryPoints)('the index.ts of $specifier holds explicit export lists only', ({ index: path }) => {
    const index = { path, text: readText(path) };
    expect(findCodeInBarrel(index)).toEqual([]);
    expect(isBarrel(index)).toBe(true);
  });

  test('nothing is exported by a star', () => {
    expect(readPublishedSources().flatMap((file) => findStarExports(file))).toEqual([]);
  });

  test('only the index.ts of an entry point is a barrel', () => {
    const barrels = readPublishedSources()
      .filter((file) => isBarrel(file))
      .map((file) => file.path);
    expect(barrels.toSorted()).toEqual(entryPoints.map(({ index }) => index).toSorted());
  });

  test('finds a star, code in a barrel, and a barrel', () => {
    const path = 'a.ts';
    expect(findStarExports({ path, text: `export { a } from './a.ts';\nexport * from './b.ts';` })).toEqual(['a.ts:2']);
    expect(findStarExports({ path, text: `export * as b from './b.ts';` })).toEqual(['a.ts:1']);
    expect(findCodeInBarrel({ path, text: `export { a } from './a.ts';\nexport const b = 1;` })).toEqual(['a.ts:2']);
    expect(isBarrel({ path, text: `export { a } from './a.ts';\nexport type { B } from './b.ts';` })).toBe(true);
    expect(isBarrel({ path, text: `export { a } from './a.ts';\nexport const b = 1;` })).toBe(false);
  });
});
