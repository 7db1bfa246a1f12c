import { expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { parseEndpointAddress } from '../endpoint/endpoint-address.ts';
import { EndpointHealth } from '../health/endpoint-health.ts';
import { FailureWindow } from '../health/failure-window.ts';
import { updateEndpoints, type EndpointUpdate } from './endpoint-update.ts';
import type { EndpointDescription, LiveEndpoint } from './live-endpoint.ts';

const clock = createManualClock();

function describeEndpoint(id: string, other: Partial<EndpointDescription> = {}): EndpointDescription {
  const address = parseEndpointAddress(`http://${id}.example`);
  return {
    id,
    address,
    weight: 1,
    backup: false,
    priority: 0,
    zone: undefined,
    region: undefined,
    down: false,
    maxInFlight: Infinity,
    metadata: { zone: 'x' },
    ...other,
  };
}

function update(before: readonly LiveEndpoint[], ...descriptions: EndpointDescription[]): EndpointUpdate {
  return updateEndpoints(before, descriptions, () => new EndpointHealth(new FailureWindow(1, 100), []), clock);
}

test('tells what was added, changed and removed', () => {
  const { endpoints } = update([], describeEndpoint('a'), describeEndpoint('b'), describeEndpoint('c'));
  const after = update(endpoints, describeEndpoint('d'), describeEndpoint('b', { weight: 2 }), describeEndpoint('c'));
  expect(after).toMatchObject({ added: ['d'], changed: ['b'], removed: ['a'], isChange: true });
  expect(after.endpoints.map(({ id, weight }) => `${id}${weight}`)).toEqual(['d1', 'b2', 'c1']);
  expect(after.gone).toEqual([endpoints[0]]);
});

test('keeps endpoints that are the same, and counters of those that are not', () => {
  const { endpoints } = update([], describeEndpoint('a'), describeEndpoint('b'));
  const after = update(endpoints, describeEndpoint('a', { maxInFlight: 3 }), describeEndpoint('b'));
  expect(after.endpoints[0]).not.toBe(endpoints[0]);
  expect(after.endpoints[0]!.counters).toBe(endpoints[0]!.counters);
  expect(after.endpoints[1]).toBe(endpoints[1]);
});

test('knows that nothing changed', () => {
  const { endpoints } = update([], describeEndpoint('a'), describeEndpoint('b'));
  expect(update(endpoints, describeEndpoint('a'), describeEndpoint('b')).isChange).toBe(false);
  expect(update([]).isChange).toBe(false);
});

test.each<Partial<EndpointDescription>>([
  { weight: 2 },
  { backup: true },
  { down: true },
  { maxInFlight: 1 },
  { metadata: { zone: 'y' } },
  { metadata: {} },
  { metadata: { zone: 'x', extra: 1 } },
  { address: parseEndpointAddress('http://other.example') },
])('%o is a change', (other) => {
  const { endpoints } = update([], describeEndpoint('a'));
  expect(update(endpoints, describeEndpoint('a', other)).changed).toEqual(['a']);
});

test('another order is a change of no endpoint', () => {
  const { endpoints } = update([], describeEndpoint('a'), describeEndpoint('b'));
  const after = update(endpoints, describeEndpoint('b'), describeEndpoint('a'));
  expect(after).toMatchObject({ added: [], changed: [], removed: [], isChange: true });
});

test('health is kept, but not for another address', () => {
  const { endpoints } = update([], describeEndpoint('a'), describeEndpoint('b'));
  for (const { counters } of endpoints) counters.health.ejection.eject(clock.now(), 100);
  const elsewhere = parseEndpointAddress('http://new.example');
  const after = update(endpoints, describeEndpoint('a', { weight: 9 }), describeEndpoint('b', { address: elsewhere }));
  expect(after.endpoints.map(({ state }) => state)).toEqual(['ejected', 'available']);
});

test.each([
  { title: 'the same values', metadata: { at: { zone: 'x', racks: [1, 2] } }, changed: [] },
  { title: 'another value inside', metadata: { at: { zone: 'x', racks: [1, 3] } }, changed: ['a'] },
  { title: 'another name inside', metadata: { at: { zone: 'x', rack: [1, 2] } }, changed: ['a'] },
  { title: 'a list for an object', metadata: { at: ['x'] }, changed: ['a'] },
])('looks into metadata: $title', ({ metadata, changed }) => {
  const { endpoints } = update([], describeEndpoint('a', { metadata: { at: { zone: 'x', racks: [1, 2] } } }));
  expect(update(endpoints, describeEndpoint('a', { metadata })).changed).toEqual(changed);
});

test('takes objects with a class, and those that lead back to themselves, for what they are', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  const metadata = { at: new Date(0), loop };
  const { endpoints } = update([], describeEndpoint('a', { metadata }));
  expect(update(endpoints, describeEndpoint('a', { metadata: { ...metadata } })).changed).toEqual([]);
  expect(update(endpoints, describeEndpoint('a', { metadata: { at: new Date(0), loop } })).changed).toEqual(['a']);
});
