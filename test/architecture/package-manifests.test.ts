// What every published package has in common. That the packed result works is test/packaging's business.

import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageLayers, readText, repositoryRoot } from './source-tree.ts';

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

function readManifest(name: string): Manifest {
  return JSON.parse(readText(`packages/${name}/package.json`)) as Manifest;
}

describe.each(packageLayers)('@sluice/%s', (name) => {
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
    expect(manifest).toMatchObject({
      files: ['dist', 'README.md', 'LICENSE'],
      exports: { '.': './src/index.ts' },
      publishConfig: { exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } } },
    });
  });

  test('depends on nothing but tslib, the packages below it, and undici where requests are spoken', () => {
    const below = packageLayers
      .slice(0, packageLayers.indexOf(name))
      .map((lower) => [`@sluice/${lower}`, 'workspace:^']);
    const own = name === 'http' ? { tslib: 'catalog:', undici: 'catalog:' } : { tslib: 'catalog:' };
    expect(manifest.dependencies).toEqual({ ...Object.fromEntries(below), ...own });
  });

  test('has a README, the licence and a build of a few lines', () => {
    expect(readText(`packages/${name}/README.md`)).toMatch(new RegExp(`^# @sluice/${name}\n`));
    expect(readText(`packages/${name}/LICENSE`)).toBe(readText('LICENSE'));
    expect(readText(`packages/${name}/tsup.config.ts`).trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  });
});

test('every folder in packages is one of the layers, and all have one version', () => {
  expect(readdirSync(path.join(repositoryRoot, 'packages')).toSorted()).toEqual([...packageLayers].toSorted());
  expect(new Set(packageLayers.map((name) => readManifest(name).version)).size).toBe(1);
});
