// What a user gets from a release: the packed tarballs are linted, installed in an empty project, loaded and type-checked.

import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createScratchProject, linkFromWorkspace, type ScratchProject } from './scratch-project.ts';

const packageNames = ['@sluice/core', '@sluice/l4', '@sluice/http', '@sluice/fastify'];
const repositoryRoot = path.resolve(import.meta.dirname, '../..');

/** The public names of a package as test/architecture lists them, either `value` or `type`. */
async function readListedExports(packageName: string, kind: 'type' | 'value'): Promise<string[]> {
  const list = `test/architecture/exports/${packageName.replace('@sluice/', '')}.txt`;
  const lines = (await readFile(path.join(repositoryRoot, list), 'utf8')).split('\n');
  return lines.flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []));
}

describe('the packed packages', () => {
  let project: ScratchProject;

  beforeAll(async () => {
    project = await createScratchProject(packageNames);
  }, 180_000);

  afterAll(async () => {
    await project.remove();
  });

  describe.each(packageNames)('%s', (packageName) => {
    test('holds the build, the README and the licence, and nothing else', async () => {
      const listing = await project.run('tar', '-tzf', project.tarballs.get(packageName) ?? '');
      expect(listing.trim().split('\n').toSorted()).toEqual([
        'package/LICENSE',
        'package/README.md',
        'package/dist/index.d.ts',
        'package/dist/index.js',
        'package/dist/index.js.map',
        'package/package.json',
      ]);
    });

    test('passes publint', async () => {
      const tarball = await readFile(project.tarballs.get(packageName) ?? '');
      const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });
      expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
    });

    test('has types that resolve wherever its code does', async () => {
      const attw = path.join(repositoryRoot, 'test/node_modules/.bin/attw');
      const report = await project.run(
        attw,
        '--no-emoji',
        '--profile',
        'esm-only',
        project.tarballs.get(packageName) ?? '',
      );
      expect(report).toMatch(/node16 \(from ESM\).*\(ESM\)/);
    });

    test('exports its listed values by import and by require', async () => {
      const print = 'console.log(JSON.stringify(Object.keys(found).sort()))';
      const imported = await project.run('node', '-e', `import('${packageName}').then((found) => ${print})`);
      const required = await project.run('node', '-e', `const found = require('${packageName}'); ${print}`);
      const listed = await readListedExports(packageName, 'value');
      expect(listed).not.toHaveLength(0);
      expect(JSON.parse(imported)).toEqual(listed.toSorted());
      expect(JSON.parse(required)).toEqual(listed.toSorted());
    });
  });

  test('type-check in a strict project that checks its libraries too', async () => {
    await linkFromWorkspace(project, '@types/node', 'node_modules/@types/node');
    await linkFromWorkspace(project, 'fastify', 'packages/fastify/node_modules/fastify');
    const lines: string[] = [];
    for (const [index, packageName] of packageNames.entries()) {
      const types = await readListedExports(packageName, 'type');
      lines.push(`import * as package${index} from '${packageName}';`, `void package${index};`);
      lines.push(`export type { ${types.join(', ')} } from '${packageName}';`);
    }
    await writeFile(path.join(project.folder, 'consumer.mts'), `${lines.join('\n')}\n`);
    const tsc = path.join(repositoryRoot, 'node_modules/.bin/tsc');
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    expect(await project.run(tsc, ...flags, 'consumer.mts')).toBe('');
  });
});
