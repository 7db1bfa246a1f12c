import { expect, test } from 'vitest';
import { countIds, createIdleSet, describeBalancer, pickIds } from './balancer-contract.ts';
import { sourceAddressHash } from './source-address-hash.ts';

describeBalancer('source-address-hash', sourceAddressHash);

const accept = (): boolean => true;

test('sends the same key to the same endpoint, also from another balancer', () => {
  const set = createIdleSet(1, 2, 3);
  const first = pickIds(sourceAddressHash(), set, 100);
  expect(pickIds(sourceAddressHash(), createIdleSet(1, 2, 3), 100)).toEqual(first);
  expect(pickIds(sourceAddressHash(), set, 100)).toEqual(first);
});

test('knows an IPv4 address that is written as an IPv6 one', () => {
  const set = createIdleSet(...Array.from({ length: 50 }, () => 1));
  const balancer = sourceAddressHash();
  for (const key of ['192.0.2.1', '192.0.2.77', '198.51.100.3']) {
    expect(balancer.pick(set, { key: `::ffff:${key}`, accept })).toBe(balancer.pick(set, { key, accept }));
  }
});

test('spreads keys by weight', () => {
  const keys = 30_000;
  const counts = countIds(pickIds(sourceAddressHash(), createIdleSet(2, 1), keys));
  // Five standard deviations of a binomial distribution.
  expect(Math.abs((counts['a'] ?? 0) - (keys * 2) / 3)).toBeLessThan(5 * Math.sqrt((keys * 2) / 9));
});

test('spreads the keys of an endpoint that is vetoed over all others and moves no other key', () => {
  const set = createIdleSet(1, 1, 1, 1);
  const before = pickIds(sourceAddressHash(), set, 4000);
  const after = pickIds(sourceAddressHash(), set, 4000, ({ id }) => id !== 'a');
  expect(after.filter((id, index) => before[index] !== 'a' && id !== before[index])).toEqual([]);
  const moved = countIds(after.filter((_, index) => before[index] === 'a'));
  const total = Object.values(moved).reduce((sum, count) => sum + count, 0);
  for (const id of ['b', 'c', 'd']) {
    expect(Math.abs((moved[id] ?? 0) - total / 3)).toBeLessThan(5 * Math.sqrt((total * 2) / 9));
  }
});

test('takes turns for work without a key', () => {
  const balancer = sourceAddressHash();
  const set = createIdleSet(5, 1, 1);
  const ids = Array.from({ length: 7 }, () => balancer.pick(set, { accept })?.id);
  expect(ids.join('')).toBe('aabacaa');
});
