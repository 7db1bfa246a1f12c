// core <- l4 <- http <- everything else. Type imports count: a type from above is a thought from above.

import { describe, expect, test } from 'vitest';
import { listModuleReferences, packageOf, resolveRelative } from './parsed-source.ts';
import {
  entryPoints,
  isTestCode,
  packageFolders,
  packageLayers,
  readText,
  readTypeScript,
  type TextFile,
} from './source-tree.ts';

const publicSpecifiers: ReadonlySet<string> = new Set(entryPoints.map(({ specifier }) => specifier));
const testTools: ReadonlySet<string> = new Set(['vitest', 'fast-check']);

/** The folders that a file's relative imports may reach: its package or top-level folder; from a test also what it runs. */
function reachOf(filePath: string): string[] {
  const parts = filePath.split('/');
  // The parsers that are fuzzed and measured are not public, and would be worse for it.
  if (filePath.startsWith('bench/micro/')) return ['bench/', 'packages/http/src/'];
  if (filePath.startsWith('test/fuzz/')) return ['test/', 'packages/l4/src/', 'packages/http/src/'];
  if (parts[0] === 'test') return ['test/', 'examples/', 'bench/'];
  return [`${parts.slice(0, parts[0] === 'packages' ? 2 : 1).join('/')}/`];
}

/** Relative imports that leave the package, and imports of another package's files. */
function findStrayImports(file: TextFile): string[] {
  const reach = reachOf(file.path);
  const stray: string[] = [];
  for (const { specifier, line } of listModuleReferences(file)) {
    const target = resolveRelative(file.path, specifier);
    const leaves = specifier.startsWith('.') && !reach.some((folder) => target.startsWith(folder));
    const reachesInside = specifier.startsWith('@sluice/') && !publicSpecifiers.has(specifier);
    if (leaves || reachesInside) stray.push(`${file.path}:${line} imports ${specifier}`);
  }
  return stray;
}

/** Imports of a Sluice package that is not in a layer below the file's own. */
function findImportsFromAbove(file: TextFile, layer: number): string[] {
  const below: ReadonlySet<string> = new Set(packageLayers.slice(0, layer).map((name) => `@sluice/${name}`));
  return listModuleReferences(file)
    .filter(({ specifier }) => specifier.startsWith('@sluice/') && !below.has(packageOf(specifier)))
    .map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}`);
}

/** Imports of a package that the manifest does not declare; an optional peer may be imported as a type only. */
function findUndeclaredImports(file: TextFile, manifest: Manifest): string[] {
  return listModuleReferences(file)
    .filter(({ specifier, typeOnly }) => {
      const name = packageOf(specifier);
      if (specifier.startsWith('.') || specifier.startsWith('node:')) return false;
      if (manifest.dependencies?.[name] !== undefined) return false;
      if (manifest.peerDependencies?.[name] !== undefined && typeOnly) return false;
      return !(isTestCode(file.path) && (testTools.has(name) || manifest.devDependencies?.[name] !== undefined));
    })
    .map(({ specifier, line }) => `${file.path}:${line} imports ${specifier}`);
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

function readManifest(name: string): Manifest {
  return JSON.parse(readText(`packages/${name}/package.json`)) as Manifest;
}

describe('import direction', () => {
  test.each(packageFolders.map((name, layer) => ({ name, layer })))(
    '$name imports only the packages below it and what its package.json declares',
    ({ name, layer }) => {
      const files = readTypeScript(`packages/${name}/src`);
      const manifest = readManifest(name);
      expect(files.length).toBeGreaterThan(0);
      expect(files.flatMap((file) => findImportsFromAbove(file, layer))).toEqual([]);
      expect(files.flatMap((file) => findStrayImports(file))).toEqual([]);
      expect(files.flatMap((file) => findUndeclaredImports(file, manifest))).toEqual([]);
    },
  );

  test.each(['examples', 'test', 'bench'])('%s use the packages by their public names', (folder) => {
    expect(readTypeScript(folder).flatMap((file) => findStrayImports(file))).toEqual([]);
  });

  test('published code imports no test code', () => {
    const found = packageFolders
      .flatMap((name) => readTypeScript(`packages/${name}/src`))
      .filter((file) => !isTestCode(file.path))
      .flatMap((file) =>
        listModuleReferences(file).filter(({ specifier }) => isTestCode(specifier) || testTools.has(specifier)),
      );
    expect(found).toEqual([]);
  });

  test('finds an import of a higher layer, types and re-exports included', () => {
    const text = `import type { Proxy } from '@sluice/http';\nexport { dial } from '@sluice/l4';\nlet p: import('@sluice/http').Proxy;\nawait import('@sluice/http');`;
    expect(findImportsFromAbove({ path: 'packages/l4/src/a.ts', text }, 1)).toHaveLength(4);
    expect(findImportsFromAbove({ path: 'examples/a.ts', text }, 3)).toEqual([]);
  });

  test('finds an import that leaves its package or reaches inside another', () => {
    const text = `import '../../core/src/clock.ts';\nimport './b.ts';\nimport '@sluice/core/src/clock.ts';`;
    expect(findStrayImports({ path: 'packages/l4/src/a.ts', text })).toEqual([
      'packages/l4/src/a.ts:1 imports ../../core/src/clock.ts',
      'packages/l4/src/a.ts:3 imports @sluice/core/src/clock.ts',
    ]);
    const testText = `import '../../examples/a.ts';\nimport '../../packages/core/src/clock.ts';`;
    expect(findStrayImports({ path: 'test/e2e/a.ts', text: testText })).toHaveLength(1);
  });

  test('finds an undeclared import, and a value import of a peer', () => {
    const manifest = { dependencies: { tslib: '1' }, peerDependencies: { undici: '8' } };
    const text = `import type { Dispatcher } from 'undici';\nimport { Agent } from 'undici';\nimport 'tslib';\nimport 'ws';\nimport 'vitest';`;
    expect(findUndeclaredImports({ path: 'packages/http/src/a.ts', text }, manifest)).toEqual([
      'packages/http/src/a.ts:2 imports undici',
      'packages/http/src/a.ts:4 imports ws',
      'packages/http/src/a.ts:5 imports vitest',
    ]);
  });
});
