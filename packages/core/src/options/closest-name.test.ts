import { expect, test } from 'vitest';
import { closestName } from './closest-name.ts';

const known = ['maxAttempts', 'weight', 'endpoints', 'id', 'balancer'];

test.each([
  ['maxAtempts', 'maxAttempts'],
  ['MAXATTEMPTS', 'maxAttempts'],
  ['wieght', 'weight'],
  ['endpoint', 'endpoints'],
  ['ID', 'id'],
])('%s is close to %s', (name, expected) => {
  expect(closestName(name, known)).toBe(expected);
});

test.each(['colour', 'ca', '', 'x'.repeat(100_000)])('%.10s is close to nothing', (name) => {
  expect(closestName(name, known)).toBeUndefined();
});
