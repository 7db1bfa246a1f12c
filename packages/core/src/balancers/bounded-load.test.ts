import { expect, test } from 'vitest';
import { OptionsError } from '../options/options-error.ts';
import { boundedLoad } from './bounded-load.ts';
import { createIdleSet, describeBalancer, type IdleEndpoint } from './balancer-contract.ts';
import { peakEwma } from './peak-ewma.ts';
import { ringHash } from './ring-hash.ts';

describeBalancer('bounded-load(ring-hash)', () => boundedLoad(ringHash()));

const accept = (): boolean => true;

test.each([1.1, 1.25, 2])('no endpoint has more than %f times its share, whatever the keys', (balanceFactor) => {
  const balancer = boundedLoad(ringHash(), { balanceFactor });
  const set = createIdleSet(1, 1, 1, 2, 5);
  const work = 2000;
  for (let index = 0; index < work; index++) {
    // Half of the work is for one key.
    const key = index % 2 === 0 ? 'hot' : `key-${index}`;
    (balancer.pick(set, { key, accept }) as IdleEndpoint).inFlight++;
  }
  for (const { inFlight, weight } of set.endpoints)
    expect(inFlight).toBeLessThanOrEqual(Math.ceil((balanceFactor * work * weight) / 10));
});

test('leaves the choice of the other balancer alone while the load is even', () => {
  const set = createIdleSet(1, 1, 1, 1);
  for (const endpoint of set.endpoints) endpoint.inFlight = 100;
  const keys = Array.from({ length: 500 }, (_, index) => `key-${index}`);
  const bounded = boundedLoad(ringHash());
  const plain = ringHash();
  expect(keys.map((key) => bounded.pick(set, { key, accept }))).toEqual(
    keys.map((key) => plain.pick(set, { key, accept })),
  );
});

test('sends a key back to its endpoint when that has room again', () => {
  const set = createIdleSet(1, 1, 1);
  const balancer = boundedLoad(ringHash());
  const home = balancer.pick(set, { key: 'key', accept }) as IdleEndpoint;
  home.inFlight = 10;
  expect(balancer.pick(set, { key: 'key', accept })).not.toBe(home);
  home.inFlight = 0;
  expect(balancer.pick(set, { key: 'key', accept })).toBe(home);
});

test('passes on what the other balancer wants to hear, and only that', () => {
  expect(boundedLoad(ringHash()).observe).toBeUndefined();
  expect(boundedLoad(peakEwma()).observe).toBeTypeOf('function');
});

test('refuses a factor that can not be kept', () => {
  expect(() => boundedLoad(ringHash(), { balanceFactor: 1 })).toThrow(OptionsError);
});
