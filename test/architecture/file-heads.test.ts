// A source file starts by saying what lives in it, and its name is among what it exports: `parseForwarded` lives in forwarded.ts.

import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { parseSource } from './parsed-source.ts';
import { readPublishedSources, type TextFile } from './source-tree.ts';

const joiningWords: ReadonlySet<string> = new Set(['a', 'by', 'for', 'from', 'of', 'to']);

/** `parseHTTPDate` becomes `parse`, `http`, `date`; a plural `s` is dropped, so that `errors` finds `httpError`. */
function splitWords(name: string): string[] {
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, '$1-$2').replaceAll(/([A-Z])([A-Z][a-z])/g, '$1-$2');
  return words
    .toLowerCase()
    .split('-')
    .map((word) => word.replace(/s$/, ''));
}

function listExportedNames(file: TextFile): string[] {
  return parseSource(file).statements.flatMap((statement) => {
    const isExported = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(isExportKeyword) === true;
    if (!isExported) return [];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map((declaration) => declaration.name.getText());
    }
    const name = (statement as Partial<ts.DeclarationStatement>).name?.getText();
    return name === undefined ? [] : [name];
  });
}

function isExportKeyword(modifier: ts.Modifier): boolean {
  return modifier.kind === ts.SyntaxKind.ExportKeyword;
}

/** True when each word of the file's name stands in some exported name; files that export nothing by themselves pass. */
function isNamedForExports(file: TextFile): boolean {
  const exported = listExportedNames(file);
  const words = new Set(exported.flatMap((name) => splitWords(name)));
  const fileWords = splitWords(path.posix.basename(file.path, '.ts')).filter((word) => !joiningWords.has(word));
  return exported.length === 0 || fileWords.every((word) => words.has(word));
}

test('every source file starts with a comment on what lives in it', () => {
  const files = readPublishedSources();
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !/^\/\/ \S/.test(file.text)).map((file) => file.path)).toEqual([]);
});

test('every source file is named for what it exports', () => {
  const strangers = readPublishedSources().filter((file) => !isNamedForExports(file));
  expect(strangers.map((file) => file.path)).toEqual([]);
});

test('finds a name that is not among the exports', () => {
  const named = (file: string, text: string): boolean => isNamedForExports({ path: file, text });
  expect(named('p/forwarded.ts', 'export function parseForwarded() {}')).toBe(true);
  expect(named('p/errors.ts', 'export const httpError = 1;')).toBe(true);
  expect(named('p/http-date.ts', 'export interface HTTPDate {}')).toBe(true);
  expect(named('p/forwarded.ts', 'const forwarded = 1;\nexport class Header {}')).toBe(false);
});
