import { expect, test } from 'vitest';
import { createClientCounts } from './client-counts.ts';

test('lets each client have so many, and others after they have left', () => {
  const counts = createClientCounts(2);
  expect(['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'].map((address) => counts.enter(address))).toEqual([
    true,
    true,
    false,
    true,
  ]);
  counts.leave('10.0.0.1');
  expect(counts.enter('10.0.0.1')).toBe(true);
  expect(counts.enter('10.0.0.1')).toBe(false);
});

test('takes an IPv6 network for one client, and an IPv4 address for the same in both forms', () => {
  const counts = createClientCounts(1);
  expect(counts.enter('2001:db8::1')).toBe(true);
  expect(counts.enter('2001:db8::2')).toBe(false);
  expect(counts.enter('10.0.0.1')).toBe(true);
  expect(counts.enter('::ffff:10.0.0.1')).toBe(false);
});

test('does not count without a limit, nor what has no address', () => {
  const unlimited = createClientCounts(Infinity);
  for (let count = 0; count < 1000; count++) expect(unlimited.enter('10.0.0.1')).toBe(true);
  const counts = createClientCounts(1);
  expect([counts.enter(''), counts.enter('')]).toEqual([true, true]);
});
