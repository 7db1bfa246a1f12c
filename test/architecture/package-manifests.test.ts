// What every published package has in common. That the packed result works is test/packaging's business.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { entryPoints, packageFolders, packageLayers, readText, repositoryRoot } from './source-tree.ts';

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

function readManifest(name: string): Manifest {
  return JSON.parse(readText(`packages/${name}/package.json`)) as Manifest;
}

/** What packages depend on besides tslib and each other. */
const chosen: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  http: { undici: 'catalog:' },
  fastify: { 'fastify-plugin': 'catalog:' },
};

/** How many packages are below one. Those on top of the layers have all layers below them. */
function layerOf(name: string): number {
  const layers: readonly string[] = packageLayers;
  return layers.includes(name) ? layers.indexOf(name) : layers.length;
}

describe.each(packageFolders)('@sluice/%s', (name) => {
  const manifest = readManifest(name);

  test('is an MIT-licensed ES module without side effects', () => {
    expect(manifest).toMatchObject({
      name: `@sluice/${name}`,
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      engines: { node: '>=22.19' },
    });
    expect(manifest.description).not.toBe('');
    expect(manifest.keywords).not.toHaveLength(0);
  });

  test('runs from its sources here and from dist once published', () => {
    const subpaths = entryPoints
      .filter(({ folder }) => folder === name)
      .map(({ specifier }) => specifier.slice(`@sluice/${name}`.length));
    const sources = subpaths.map((subpath) => [`.${subpath}`, `./src${subpath}/index.ts`]);
    const built = subpaths.map((subpath) => {
      const file = `./dist${subpath}/index`;
      return [`.${subpath}`, { types: `${file}.d.ts`, default: `${file}.js` }];
    });
    expect(subpaths).toContain('');
    expect(manifest).toMatchObject({
      files: ['dist', 'README.md', 'LICENSE'],
      exports: Object.fromEntries(sources),
      publishConfig: { exports: Object.fromEntries(built) },
    });
  });

  test('depends on tslib, on packages below it, and on the few others that were chosen', () => {
    const below = packageFolders.slice(0, layerOf(name)).map((lower) => [`@sluice/${lower}`, 'workspace:^'] as const);
    const allowed = { tslib: 'catalog:', ...Object.fromEntries(below), ...chosen[name] };
    expect(allowed).toMatchObject(manifest.dependencies);
    expect(manifest.dependencies).toMatchObject({ tslib: 'catalog:', ...chosen[name] });
  });

  test('has a README, the licence and a build of a few lines', () => {
    expect(readText(`packages/${name}/README.md`)).toMatch(new RegExp(`^# @sluice/${name}\n`));
    expect(readText(`packages/${name}/LICENSE`)).toBe(readText('LICENSE'));
    expect(readText(`packages/${name}/tsup.config.ts`).trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  });
});

test('every folder in packages is a package, and all have one version', () => {
  expect(readdirSync(path.join(repositoryRoot, 'packages')).toSorted()).toEqual(packageFolders.toSorted());
  expect(new Set(packageFolders.map((name) => readManifest(name).version)).size).toBe(1);
});
