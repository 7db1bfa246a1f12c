import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { createSeededRandom } from '../random.ts';
import { balancerNames, createBalancer } from './balancer-by-name.ts';

test('each name makes the balancer of that name', () => {
  expect(balancerNames.map((name) => createBalancer(name, createSeededRandom(1), systemClock).name)).toEqual(
    balancerNames,
  );
});
