// Every path that a Markdown file names exists. A page that names a file which is gone teaches the reader to doubt the rest.

import { globSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readCodeSpans, readLinkTargets, readRootPaths } from './markdown.ts';
import { listFiles, readText, repositoryRoot, type TextFile } from './source-tree.ts';

// Made by a command that the same page explains, so they are there only afterwards.
const generated = /^docs\/api(?:\/|$)|(?:^|\/)dist(?:\/|$)/;
// `NNNN` and `x` stand for what the reader puts there.
const placeholder = /NNNN|(?:^|\/)x[.-]/;
const fileName = /^[\w.-]+(?:\/[\w.-]+)*\.(?:ts|json|ya?ml|md)$/;

function exists(pattern: string): boolean {
  return globSync(pattern, { cwd: repositoryRoot }).length > 0;
}

/** The paths that a page names and the repository does not have. `files` are the paths of all files. */
function findMissingPaths(page: TextFile, files: readonly string[]): string[] {
  const isThere = (named: string): boolean => generated.test(named) || placeholder.test(named) || exists(named);
  const linked = readLinkTargets(page.text).map((target) =>
    target.startsWith('/') ? target.slice(1) : path.posix.join(path.posix.dirname(page.path), target),
  );
  const named = readRootPaths(page.text);
  const bare = readCodeSpans(page.text)
    .filter((span) => fileName.test(span) && !placeholder.test(span) && !generated.test(span))
    .filter((span) => !files.some((file) => file === span || file.endsWith(`/${span}`)));
  return [...new Set([...[...linked, ...named].filter((target) => !isThere(target)), ...bare])].map(
    (missing) => `${page.path} names ${missing}`,
  );
}

const allFiles = listFiles('.');
const pages = allFiles.filter((file) => file.endsWith('.md') && path.posix.basename(file) !== 'CHANGELOG.md');

describe('documented paths', () => {
  test('there are pages to read', () => {
    expect(pages).toContain('CONTRIBUTING.md');
  });

  test.each(pages)('every path in %s exists', (page) => {
    expect(findMissingPaths({ path: page, text: readText(page) }, allFiles)).toEqual([]);
  });

  test('finds a missing link target, path and file name', () => {
    const text = [
      'See [this](../gone.md#part), [that](../../package.json) and [the site](https://example.org/docs/none).',
      'In `packages/core/src/gone.ts`, `gone-too.ts` and `package.json`; `node x.ts`; `packages/*/package.json`.',
      '```sh',
      'node examples/gone.ts --once',
      '```',
    ].join('\n');
    expect(findMissingPaths({ path: 'docs/guide/a.md', text }, ['package.json'])).toEqual([
      'docs/guide/a.md names docs/gone.md',
      'docs/guide/a.md names packages/core/src/gone.ts',
      'docs/guide/a.md names examples/gone.ts',
      'docs/guide/a.md names gone-too.ts',
    ]);
  });
});
