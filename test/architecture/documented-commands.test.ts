// Every command that a Markdown file tells the reader to type runs a script that is there. A first command that fails is often the last one.

import { describe, expect, test } from 'vitest';
import { listFiles, readText, type TextFile } from './source-tree.ts';

/** Commands of pnpm itself that pages use. */
const ownCommands: ReadonlySet<string> = new Set(['exec']);
/** Commands of pnpm that would run instead of a script of that name. */
const shadowing = new Set(
  'add audit config deploy dlx docs env fetch import init install link list pack prune update why'.split(' '),
);

/** The commands in a text that run no script. */
function findBrokenCommands({ path, text }: TextFile, scripts: ReadonlySet<string>): string[] {
  return [...text.matchAll(/\bnpx -y pnpm@12 (run )?([a-z][\w:-]*)/g)].flatMap(([command, run, word = '']) => {
    const isScript = scripts.has(word) && (run !== undefined || !shadowing.has(word));
    return isScript || (run === undefined && ownCommands.has(word)) ? [] : [`${path}: ${command}`];
  });
}

const { scripts } = JSON.parse(readText('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
const names: ReadonlySet<string> = new Set(Object.keys(scripts));
const pages = listFiles('.').filter((file) => file.endsWith('.md'));

describe('documented commands', () => {
  test('there are pages with commands', () => {
    expect(pages.filter((page) => readText(page).includes('npx -y pnpm@12 '))).toContain('README.md');
  });

  test.each(pages)('every command in %s runs a script', (page) => {
    expect(findBrokenCommands({ path: page, text: readText(page) }, names)).toEqual([]);
  });

  test('finds scripts that are not there, and those that pnpm hides', () => {
    const good =
      'npx -y pnpm@12 start --once; `npx -y pnpm@12 run docs`; npx -y pnpm@12 exec node x.ts; npx -y pnpm@12 test:unit';
    const bad = ['npx -y pnpm@12 docs', 'npx -y pnpm@12 run exec', 'npx -y pnpm@12 statr', 'npx -y pnpm@12 test:all'];
    const text = `${good}\n${bad.join('\n')}`;
    const known = new Set(['start', 'docs', 'test:unit']);
    expect(findBrokenCommands({ path: 'a.md', text }, known)).toEqual(bad.map((command) => `a.md: ${command}`));
  });
});
