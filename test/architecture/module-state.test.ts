// No module-level mutable state: everything hangs off an object that the user made and can close. A scratch buffer that is never
// observable between two calls is the one exception; the comment above it starts with "scratch:" and says why.

import ts from 'typescript';
import { expect, test } from 'vitest';
import { lineOf, parseSource } from './parsed-source.ts';
import { readPublishedSources, type TextFile } from './source-tree.ts';

/** Top-level `let` and `var`, and containers that start empty and so can only be there to be filled later. */
function findModuleState(file: TextFile): string[] {
  const source = parseSource(file);
  const found: string[] = [];
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement) || hasScratchComment(source, statement)) continue;
    const { flags, declarations } = statement.declarationList;
    const isConst = (flags & ts.NodeFlags.Const) !== 0;
    for (const declaration of declarations) {
      if (isConst && !(declaration.initializer !== undefined && isEmptyContainer(declaration.initializer))) continue;
      found.push(`${file.path}:${lineOf(source, declaration.getStart())} ${declaration.name.getText()}`);
    }
  }
  return found;
}

function hasScratchComment(source: ts.SourceFile, statement: ts.Statement): boolean {
  const comments = ts.getLeadingCommentRanges(source.text, statement.getFullStart()) ?? [];
  return comments.some((comment) => source.text.slice(comment.pos, comment.end).includes('scratch:'));
}

function isEmptyContainer(node: ts.Expression): boolean {
  if (ts.isArrayLiteralExpression(node)) return node.elements.length === 0;
  if (ts.isObjectLiteralExpression(node)) return node.properties.length === 0;
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression)) return false;
  const isContainer = ['Map', 'Set', 'WeakMap', 'WeakSet', 'Array'].includes(node.expression.text);
  return isContainer && (node.arguments?.length ?? 0) === 0;
}

test('no module keeps state of its own', () => {
  const files = readPublishedSources();
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => findModuleState(file))).toEqual([]);
});

test('finds top-level variables and empty containers, and leaves constants and scratch buffers alone', () => {
  const text = [
    'let count = 0;',
    'export var last: string;',
    'const cache = new Map<string, number>();',
    'const list: string[] = [];',
    'const names = new Set(["a"]);',
    '// scratch: filled and read within one call',
    'let buffer = new Uint8Array(64);',
    'function f() { let inner = 0; return inner; }',
  ].join('\n');
  expect(findModuleState({ path: 'a.ts', text })).toEqual([
    'a.ts:1 count',
    'a.ts:2 last',
    'a.ts:3 cache',
    'a.ts:4 list',
  ]);
});
