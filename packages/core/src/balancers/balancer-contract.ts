// The behaviour every balancer has, and the endpoints to test it with. How each spreads work is in its own test.
import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { createEndpointSet, type EndpointSet } from '../endpoint/endpoint-set.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { Balancer, PickHint } from './balancer.ts';

/** An endpoint whose load a test sets. */
export interface IdleEndpoint extends Endpoint {
  inFlight: number;
  currentWeight: number;
}

/** A set of endpoints named `a`, `b`, … with these weights and nothing in flight. */
export function createIdleSet(...weights: number[]): EndpointSet<IdleEndpoint> {
  const endpoints = weights.map((weight, index): IdleEndpoint => {
    const id = index < 26 ? String.fromCharCode(97 + index) : `endpoint-${index}`;
    const address = {
      kind: 'unix',
      path: `/${id}`,
      secure: false,
      href: `unix:/${id}`,
      authority: 'localhost',
    } as const;
    const place = { priority: 0, zone: undefined, region: undefined };
    const options = { backup: false, ...place, down: false, maxInFlight: Infinity, metadata: {} };
    return { id, address, weight, currentWeight: weight, ...options, inFlight: 0, available: true, state: 'available' };
  });
  return createEndpointSet(1, endpoints);
}

/** The ids of so many picks in a row, with keys that differ. */
export function pickIds(
  balancer: Balancer,
  set: EndpointSet,
  count: number,
  accept: PickHint['accept'] = () => true,
): string[] {
  return Array.from({ length: count }, (_, index) => balancer.pick(set, { key: `key-${index}`, accept })?.id ?? '-');
}

/** How often each id occurs. */
export function countIds(ids: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

/** Checks one implementation. @param spreads - Whether it gives work to all that are free. */
export function describeBalancer(name: string, create: () => Balancer, spreads = true): void {
  describe(`balancer: ${name}`, () => {
    test('is called by its name', () => {
      expect(create().name).toBe(name);
    });

    test('picks something acceptable whenever there is something, and nothing otherwise', () => {
      const balancer = create();
      const endpoint = fc.record({
        weight: fc.integer({ min: 0, max: 20 }),
        inFlight: fc.nat(50),
        accepted: fc.boolean(),
      });
      const key = fc.option(fc.string(), { nil: undefined });
      fc.assert(
        fc.property(
          fc.array(endpoint, { maxLength: 12 }),
          fc.array(key, { minLength: 1, maxLength: 20 }),
          (specs, keys) => {
            const set = createIdleSet(...specs.map(({ weight }) => weight));
            for (const [index, { inFlight }] of specs.entries()) set.endpoints[index]!.inFlight = inFlight;
            const eligible = set.endpoints.filter(({ weight }, index) => weight > 0 && specs[index]!.accepted);
            const accepted = new Set(set.endpoints.filter((_, index) => specs[index]!.accepted).map(({ id }) => id));
            for (const each of keys) {
              const picked = balancer.pick(set, { key: each, accept: ({ id }) => accepted.has(id) });
              expect(eligible.length === 0 ? [undefined] : eligible).toContain(picked);
            }
          },
        ),
        { numRuns: 200 },
      );
    });

    test('keeps sets apart that it is given in turn', () => {
      const balancer = create();
      const sets = [createIdleSet(1, 1, 1), createIdleSet(5, 1), createIdleSet(1), createIdleSet()];
      for (let round = 0; round < 50; round++) {
        for (const set of sets) {
          const picked = balancer.pick(set, { key: `key-${round}`, accept: () => true });
          expect(set.endpoints.length === 0 ? [undefined] : set.endpoints).toContain(picked);
        }
      }
    });

    test('allocates nothing', () => {
      expect(measureBytesPerPick(create())).toBeLessThan(1);
    });

    if (spreads) describeSpreading(create);
  });
}

function describeSpreading(create: () => Balancer): void {
  test.each(['without a key', 'with a key'])('reaches every endpoint in the end, %s', (keyed) => {
    const balancer = create();
    const set = createIdleSet(1, 2, 3, 1);
    const reached = new Set<string>();
    for (let index = 0; index < 1000; index++) {
      const key = keyed === 'with a key' ? `192.0.2.${index}` : undefined;
      reached.add(balancer.pick(set, { key, accept: () => true })?.id ?? '-');
    }
    expect(reached).toEqual(new Set(['a', 'b', 'c', 'd']));
  });

  test('copes with the largest weights', () => {
    const balancer = create();
    const set = createIdleSet(65_535, 65_535, 1);
    expect(new Set(pickIds(balancer, set, 100)).size).toBeGreaterThan(1);
  });
}

function measureBytesPerPick(balancer: Balancer): number {
  const sets = [createIdleSet(5, 1, 1, 3), createIdleSet(1, 1)];
  const hints: PickHint[] = [undefined, '192.0.2.1', '192.0.2.2', '2001:db8::1'].map((key) => ({
    key,
    accept: (endpoint: Endpoint) => endpoint.id !== 'b',
  }));
  let count = 0;
  return measureBytesPerCall(() => {
    const set = sets[(count >> 4) & 1];
    const hint = hints[count & 3];
    count++;
    if (set !== undefined && hint !== undefined) balancer.pick(set, hint);
  });
}

/** What a call leaves on the heap, once it is compiled. The median of several rounds: other work can spoil one, but not most of them. */
export function measureBytesPerCall(call: () => void): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void;
  const callsPerRound = 10_000;
  const callOften = (): void => {
    for (let index = 0; index < callsPerRound; index++) call();
  };
  for (let round = 0; round < 40; round++) callOften();
  const rounds = Array.from({ length: 11 }, () => {
    // The nursery is empty then and has room for a round, so nothing is collected while it is measured. A major collection would throw
    // compiled code away.
    collectGarbage({ type: 'minor' });
    const before = process.memoryUsage().heapUsed;
    callOften();
    return (process.memoryUsage().heapUsed - before) / callsPerRound;
  });
  return rounds.toSorted((a, b) => a - b)[5] ?? NaN;
}
