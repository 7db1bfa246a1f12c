import { expect, test } from 'vitest';
import { createSeededRandom } from '../random.ts';
import { countIds, createIdleSet, describeBalancer, pickIds, type IdleEndpoint } from './balancer-contract.ts';
import { powerOfTwo } from './power-of-two.ts';
import { random } from './random.ts';

describeBalancer('power-of-two', () => powerOfTwo({ random: createSeededRandom(1) }));

test('takes the less loaded one of two, by weight', () => {
  const balancer = powerOfTwo({ random: createSeededRandom(2) });
  const set = createIdleSet(2, 1);
  for (const [index, inFlight] of [3, 2].entries()) set.endpoints[index]!.inFlight = inFlight;
  expect(countIds(pickIds(balancer, set, 100))).toEqual({ a: 100 });
  set.endpoints[0]!.inFlight = 5;
  expect(countIds(pickIds(balancer, set, 100))).toEqual({ b: 100 });
});

test('never picks the most loaded endpoint while there are others', () => {
  const set = createIdleSet(1, 1, 1, 1);
  for (const [index, endpoint] of set.endpoints.entries()) endpoint.inFlight = index;
  expect(countIds(pickIds(powerOfTwo({ random: createSeededRandom(3) }), set, 1000))).not.toHaveProperty('d');
});

test('spreads by weight while nothing is in flight', () => {
  const picks = 40_000;
  const counts = countIds(pickIds(powerOfTwo({ random: createSeededRandom(4) }), createIdleSet(3, 1), picks));
  // Five standard deviations of a binomial distribution.
  expect(Math.abs((counts['a'] ?? 0) - picks * 0.75)).toBeLessThan(5 * Math.sqrt(picks * 0.75 * 0.25));
});

test('fills far more evenly than chance alone', () => {
  const spread = (balancer: ReturnType<typeof random>): number => {
    const set = createIdleSet(...Array.from({ length: 20 }, () => 1));
    for (let index = 0; index < 20_000; index++)
      (balancer.pick(set, { accept: () => true }) as IdleEndpoint).inFlight++;
    const loads = set.endpoints.map(({ inFlight }) => inFlight);
    return Math.max(...loads) - Math.min(...loads);
  };
  // The gap above the mean is about log2(log(20)) = 1.6 here; of one draw it is some standard deviations of 31.
  expect(spread(powerOfTwo({ random: createSeededRandom(5) }))).toBeLessThan(10);
  expect(spread(random({ random: createSeededRandom(5) }))).toBeGreaterThan(31);
});
