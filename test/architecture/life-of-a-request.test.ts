// The life of a request is told three times: in ARCHITECTURE.md, at the head of forward.ts, and by the numbered steps in its code.

import { expect, test } from 'vitest';
import { readText } from './source-tree.ts';

/** The numbered list of stations in a text, without comment marks: `3  forward(exchange)  build the head`. */
function readStations(text: string): string[] {
  const lines = text.split('\n').map((line) => line.replace(/^\/\//, '').trim());
  return lines.filter((line) => /^\d {2}\S/.test(line));
}

/** The numbers of the `// n.` comments inside the code, in their order. */
function readSteps(text: string): number[] {
  return [...text.matchAll(/^\s+\/\/ (\d)\. /gm)].map((match) => Number(match[1]));
}

test('ARCHITECTURE.md and forward.ts tell the same stations, and the code has those from forward on in order', () => {
  const forward = readText('packages/http/src/forward.ts');
  const stations = readStations(forward);
  expect(stations).toHaveLength(7);
  expect(readStations(readText('ARCHITECTURE.md'))).toEqual(stations);
  const first = stations.findIndex((station) => station.startsWith('3  forward'));
  expect(readSteps(forward)).toEqual(stations.slice(first).map((_, index) => first + index + 1));
});

test('reads stations and steps', () => {
  expect(readStations('//\n//  1  front   in\n//  2  out     away\n// 3. no station')).toEqual([
    '1  front   in',
    '2  out     away',
  ]);
  expect(readSteps('// 1. heading\n  // 4. Lease.\n    // 5. One attempt.\n  const a = 6;')).toEqual([4, 5]);
});
