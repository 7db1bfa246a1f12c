// Time and chance are injected, so that a test can hold both still. Only the two files that wrap them touch the real ones.

import ts from 'typescript';
import { expect, test } from 'vitest';
import { lineOf, parseSource, walk } from './parsed-source.ts';
import { readPublishedSources, type TextFile } from './source-tree.ts';

const wrappers: ReadonlySet<string> = new Set(['packages/core/src/clock.ts', 'packages/core/src/random.ts']);
const readings: ReadonlySet<string> = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'process.hrtime',
  'new Date()',
]);
const timers: ReadonlySet<string> = new Set(['setTimeout', 'setInterval']);

/** Uses of the real clock, the real timers and the real chance. */
function findRealTimeAndChance(file: TextFile): string[] {
  const source = parseSource(file);
  const found: string[] = [];
  walk(source, (node) => {
    const text = node.getText();
    const reads = (ts.isPropertyAccessExpression(node) || ts.isNewExpression(node)) && readings.has(text);
    const waits = ts.isCallExpression(node) && timers.has(node.expression.getText());
    if (reads || waits) found.push(`${file.path}:${lineOf(source, node.getStart())} ${text.split('(')[0] ?? text}`);
  });
  return found;
}

test('no source file reads the real time or chance but the wrappers', () => {
  const files = readPublishedSources().filter((file) => !wrappers.has(file.path));
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => findRealTimeAndChance(file))).toEqual([]);
});

test('finds readings and timers, and leaves dates of a given time and methods alone', () => {
  const text = [
    'const at = Date.now();',
    'const die = Math.random;',
    'const today = new Date();',
    'setTimeout(go, 5);',
    'const date = new Date(at);',
    'socket.setTimeout(5);',
    '// Date.now() in a comment',
  ].join('\n');
  expect(findRealTimeAndChance({ path: 'a.ts', text })).toEqual([
    'a.ts:1 Date.now',
    'a.ts:2 Math.random',
    'a.ts:3 new Date',
    'a.ts:4 setTimeout',
  ]);
});
