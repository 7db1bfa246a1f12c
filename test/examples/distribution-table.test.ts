// The quickstart's table says what the numbers say, and lines up.

import type { EndpointStats } from '@sluice/core';
import { expect, test } from 'vitest';
import { formatTable } from '../../examples/quickstart/distribution-table.ts';

function createStats(id: string, weight: number, acquired: number, more: Partial<EndpointStats> = {}): EndpointStats {
  return { id, weight, acquired, state: 'available', inFlight: 0, failed: 0, ...more } as EndpointStats;
}

test('shows shares beside what the weights promise, and who is busy now', () => {
  const endpoints = [
    createStats('a', 3, 1_500, { inFlight: 2 }),
    createStats('longer-name', 1, 500, { state: 'ejected', failed: 12 }),
  ];
  expect(formatTable(endpoints, [40, 0], 'weight')).toEqual([
    '  endpoint     weight  state      requests  share  expected  in flight  failures  now',
    '  a                 3  available      1500  75.0%     75.0%          2         0  ████████████████████',
    '  longer-name       1  ejected         500  25.0%     25.0%          0        12',
  ]);
});

test('expects equal shares of a balancer that takes turns, and none in particular of one that looks at clients', () => {
  const endpoints = [createStats('a', 3, 0), createStats('b', 1, 0)];
  expect(formatTable(endpoints, [], 'turn')[1]).toBe(
    '  a              3  available         0      -     50.0%          0         0',
  );
  expect(formatTable(endpoints, [], 'client')[1]).toBe(
    '  a              3  available         0      -         -          0         0',
  );
});
