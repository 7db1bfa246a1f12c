// Files that import each other can only be read together. Type imports count here too.

import { expect, test } from 'vitest';
import { listModuleReferences, resolveRelative } from './parsed-source.ts';
import { packageFolders, readTypeScript, type TextFile } from './source-tree.ts';

type ImportGraph = ReadonlyMap<string, readonly string[]>;

function buildImportGraph(files: readonly TextFile[]): ImportGraph {
  return new Map(
    files.map((file) => [
      file.path,
      listModuleReferences(file)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => resolveRelative(file.path, specifier)),
    ]),
  );
}

/** One cycle per back edge of a depth-first walk, written as `a -> b -> a`. */
function findCycles(graph: ImportGraph): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (file: string): void => {
    if (done.has(file)) return;
    const seenAt = trail.indexOf(file);
    if (seenAt !== -1) {
      cycles.push([...trail.slice(seenAt), file].join(' -> '));
      return;
    }
    trail.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    trail.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}

test.each(packageFolders)('the files of %s import each other in one direction', (name) => {
  expect(findCycles(buildImportGraph(readTypeScript(`packages/${name}/src`)))).toEqual([]);
});

test('finds a cycle over several files', () => {
  const graph = buildImportGraph([
    { path: 'p/a.ts', text: `import type { B } from './b.ts';` },
    { path: 'p/b.ts', text: `export { c } from './q/c.ts';` },
    { path: 'p/q/c.ts', text: `import '../a.ts';` },
    { path: 'p/d.ts', text: `import './a.ts';\nimport './b.ts';` },
  ]);
  expect(findCycles(graph)).toEqual(['p/a.ts -> p/b.ts -> p/q/c.ts -> p/a.ts']);
});
