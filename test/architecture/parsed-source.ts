// What the rules in this folder ask the TypeScript parser: imports, functions with their lengths, statements with their comments.

import path from 'node:path';
import ts from 'typescript';
import type { TextFile } from './source-tree.ts';

export function parseSource(file: TextFile): ts.SourceFile {
  return ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ESNext, true);
}

/** One-based line of a position. */
export function lineOf(source: ts.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}

/** Calls `visit` for a node and everything in it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** A module named by an import, a re-export, an `import()` or an `import type` expression. */
export interface ModuleReference {
  readonly specifier: string;
  readonly line: number;
  /** True when nothing of it is left once types are stripped. */
  readonly typeOnly: boolean;
}

export function listModuleReferences(file: TextFile): ModuleReference[] {
  const source = parseSource(file);
  const found: ModuleReference[] = [];
  walk(source, (node) => {
    const named = namedModule(node);
    if (named === undefined || !ts.isStringLiteralLike(named.specifier)) return;
    found.push({ specifier: named.specifier.text, line: lineOf(source, node.getStart()), typeOnly: named.typeOnly });
  });
  return found;
}

function namedModule(node: ts.Node): { specifier: ts.Node; typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node)) {
    return {
      specifier: node.moduleSpecifier,
      typeOnly: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
    };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { specifier: node.moduleSpecifier, typeOnly: node.isTypeOnly };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: node.argument.literal, typeOnly: true };
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const argument = node.arguments[0];
    return argument === undefined ? undefined : { specifier: argument, typeOnly: false };
  }
  return undefined;
}

/** The path of the file that a relative specifier names, relative to the root as the importing path is. */
export function resolveRelative(importer: string, specifier: string): string {
  return path.posix.normalize(path.posix.join(path.posix.dirname(importer), specifier));
}

/** `import a from 'x/y'` imports the package `x`; `@scope/x/y` the package `@scope/x`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}
