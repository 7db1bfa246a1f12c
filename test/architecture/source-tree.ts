// Reads the repository's files for the rules in this folder. What a rule demands is in the rule's own test.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const repositoryRoot: string = path.resolve(import.meta.dirname, '../..');

/** The packages from the lowest layer to the highest; each may import those before it and none behind it. */
export const packageLayers = ['core', 'l4', 'http'] as const;

/** The packages on top of the layers. They may import all layers, and know nothing of each other. */
export const addOnPackages = ['fastify'] as const;

/** The folders of all packages. */
export const packageFolders: readonly string[] = [...packageLayers, ...addOnPackages];

/** What a package lets users import: itself, or one of its subpaths. */
export interface EntryPoint {
  /** As users write it: `@sluice/core`, or `@sluice/core/simulation`. */
  readonly specifier: string;
  readonly folder: string;
  /** Its list of public names, relative to the root. */
  readonly index: string;
  /** What the files that are made of it are called. */
  readonly name: string;
}

/** The entry points of all packages, as their package.json has them. The subpath `./x` stands for `./src/x/index.ts`. */
export const entryPoints: readonly EntryPoint[] = packageFolders.flatMap((folder) => {
  const manifest = JSON.parse(readText(`packages/${folder}/package.json`)) as { readonly exports: object };
  return Object.keys(manifest.exports).map((subpath) => {
    const inner = subpath.slice(1);
    return {
      specifier: `@sluice/${folder}${inner}`,
      folder,
      index: `packages/${folder}/src${inner}/index.ts`,
      name: `${folder}${inner.replaceAll('/', '-')}`,
    };
  });
});

/** A text file of the repository; its path is relative to the root and has forward slashes. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

const generatedFolders: ReadonlySet<string> = new Set(['node_modules', 'dist', 'coverage', '.git']);

/** The paths of all files below a folder, relative to the root, without what is installed or generated. */
export function listFiles(folder: string): string[] {
  const found: string[] = [];
  const absolute = path.join(repositoryRoot, folder);
  if (!existsSync(absolute)) return found;
  for (const entry of readdirSync(absolute, { withFileTypes: true })) {
    const entryPath = path.posix.join(folder, entry.name);
    if (generatedFolders.has(entry.name) || entryPath === 'docs/api') continue;
    if (entry.isDirectory()) found.push(...listFiles(entryPath));
    else found.push(entryPath);
  }
  return found.toSorted();
}

export function readText(filePath: string): string {
  return readFileSync(path.join(repositoryRoot, filePath), 'utf8');
}

/** The TypeScript files below a folder, tests included. */
export function readTypeScript(folder: string): TextFile[] {
  return listFiles(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ path: file, text: readText(file) }));
}

/** True for tests and for the contract suites that tests call; neither is published. */
export function isTestCode(filePath: string): boolean {
  return filePath.endsWith('.test.ts') || filePath.endsWith('-contract.ts');
}

/** The TypeScript files of all packages, tests and contract suites left out. */
export function readPublishedSources(): TextFile[] {
  return packageFolders
    .flatMap((name) => readTypeScript(`packages/${name}/src`))
    .filter((file) => !isTestCode(file.path));
}
