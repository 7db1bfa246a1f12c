import { describe, expect, test } from 'vitest';
import { measureBytesPerCall } from '../balancers/balancer-contract.ts';
import type { Balancer } from '../balancers/balancer.ts';
import { ringHash } from '../balancers/ring-hash.ts';
import { roundRobin } from '../balancers/round-robin.ts';
import { createManualClock } from '../clock.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { EndpointHealth } from '../health/endpoint-health.ts';
import { FailureWindow } from '../health/failure-window.ts';
import { EndpointSelection, type AcquireHint, type SelectionPolicy } from './endpoint-selection.ts';
import { createCounters, LiveEndpoint } from './live-endpoint.ts';
import { resolveEndpoints } from './upstream-options.ts';

type Condition =
  | 'available'
  | 'full'
  | 'ejected'
  | 'ejected and full'
  | 'unhealthy'
  | 'unhealthy and ejected'
  | 'unhealthy and full'
  | 'unchecked'
  | 'asking to drain'
  | 'draining'
  | 'down'
  | 'weightless';

const clock = createManualClock();

interface Settings extends Partial<SelectionPolicy> {
  readonly balancer?: Balancer;
  /** Whether those after `|` are a second tier, and no backups. */
  readonly tiered?: boolean;
}

/** A selection of endpoints `a`, `b`, … in these conditions; those after `|` are backups. */
function createSelection(conditions: readonly (Condition | '|')[], settings: Settings = {}): EndpointSelection {
  const { balancer = roundRobin(), tiered = false, ...policy } = settings;
  const firstBackup = conditions.indexOf('|');
  const listed = conditions.filter((condition) => condition !== '|');
  const endpoints = listed.map((condition, index) => {
    const id = String.fromCharCode(97 + index);
    const weight = condition === 'weightless' ? 0 : 1;
    const isLater = firstBackup >= 0 && index >= firstBackup;
    const rank = tiered ? { priority: isLater ? 1 : 0 } : { backup: isLater };
    const [description] = resolveEndpoints([
      { address: `${id}:1`, id, weight, ...rank, down: condition === 'down', maxInFlight: 1 },
    ]);
    const counters = createCounters(new EndpointHealth(new FailureWindow(1, 100), []));
    if (condition.includes('full')) counters.inFlight = 1;
    if (condition.includes('ejected')) counters.health.ejection.eject(clock.now(), 100);
    if (condition.includes('unhealthy')) counters.health.verdict = 'unhealthy';
    if (condition === 'unchecked') counters.health.verdict = 'unknown';
    if (condition === 'asking to drain') counters.health.weightPercent = 0;
    counters.isDraining = condition === 'draining';
    return new LiveEndpoint(description!, counters, clock);
  });
  const selection = new EndpointSelection(balancer, {
    panic: true,
    panicThreshold: 0,
    overprovisioning: 1.4,
    locality: undefined,
    ...policy,
  });
  selection.replace(endpoints);
  return selection;
}

/** All that can be selected, in alphabetical order. */
function selectable(selection: EndpointSelection, hint: AcquireHint = {}): string {
  const ids = Array.from({ length: 12 }, () => selection.select(hint)?.id ?? '-');
  return [...new Set(ids)].toSorted((a, b) => a.localeCompare(b)).join('');
}

describe('selection', () => {
  test('takes primaries that are available', () => {
    const conditions = [
      'available',
      'full',
      'ejected',
      'draining',
      'down',
      'weightless',
      'available',
      '|',
      'available',
    ] as const;
    expect(selectable(createSelection(conditions))).toBe('ag');
  });

  test('takes backups when no primary is available, for whatever reason', () => {
    expect(selectable(createSelection(['full', 'ejected', 'down', '|', 'available', 'ejected', 'available']))).toBe(
      'df',
    );
  });

  test('takes backups when the primaries are not acceptable', () => {
    const selection = createSelection(['available', '|', 'available', 'available']);
    expect(selectable(selection, { accept: ({ id }) => id !== 'a' })).toBe('bc');
  });

  test('panics when everything in service is ejected: primaries first, those with room', () => {
    expect(selectable(createSelection(['ejected', 'ejected', 'down', '|', 'ejected']))).toBe('ab');
    expect(selectable(createSelection(['ejected and full', '|', 'ejected']))).toBe('b');
  });

  test('leaves alone what its checks, or it itself, want left alone', () => {
    expect(selectable(createSelection(['available', 'unhealthy', 'unchecked', 'asking to drain']))).toBe('a');
    expect(selectable(createSelection(['unhealthy', 'unchecked', '|', 'available']))).toBe('c');
  });

  test('panics with what was not found unhealthy, and only then with the rest', () => {
    expect(selectable(createSelection(['unhealthy', 'ejected', 'asking to drain', '|', 'ejected']))).toBe('bc');
    expect(selectable(createSelection(['unhealthy', '|', 'ejected']))).toBe('b');
    expect(selectable(createSelection(['unhealthy', 'unhealthy and ejected', 'down']))).toBe('ab');
    expect(selectable(createSelection(['unhealthy', 'unhealthy'], { panic: false }))).toBe('-');
  });

  test('does not panic before the first probes are back', () => {
    expect(selectable(createSelection(['unhealthy', 'ejected', 'unchecked']))).toBe('-');
  });

  test('does not panic while something is in rotation, full or not acceptable though it is', () => {
    expect(selectable(createSelection(['ejected', 'full']))).toBe('-');
    expect(selectable(createSelection(['ejected', 'available']), { accept: ({ id }) => id === 'a' })).toBe('-');
  });

  test('does not panic when it may not', () => {
    expect(selectable(createSelection(['ejected', 'ejected'], { panic: false }))).toBe('-');
  });

  test('never takes what is out of service, in panic neither', () => {
    expect(selectable(createSelection(['draining', 'down', 'weightless']))).toBe('-');
    expect(selectable(createSelection([]))).toBe('-');
  });

  test('passes the key on', () => {
    const keys: (string | undefined)[] = [];
    const balancer: Balancer = { name: 'spy', pick: (_, { key }) => void keys.push(key) };
    const selection = createSelection(['available'], { balancer, panic: false });
    selection.select({ key: 'k' });
    selection.select({});
    expect(keys).toEqual(['k', undefined]);
  });

  test('forgets the caller, also when its function throws', () => {
    const selection = createSelection(['available', 'available']);
    const accept = (): boolean => {
      throw new Error('broken');
    };
    expect(() => selection.select({ accept })).toThrow('broken');
    expect(selectable(selection)).toBe('ab');
  });
});

describe('waiting', () => {
  const acceptA: AcquireHint = { accept: ({ id }) => id === 'a' };

  test.each<[readonly (Condition | '|')[], AcquireHint, boolean]>([
    [['full', 'down'], {}, true],
    [['down', '|', 'full'], {}, true],
    [['full', 'available'], acceptA, true],
    [['ejected', 'full'], acceptA, false],
    [['available', 'full'], acceptA, false],
    [['ejected and full'], {}, true],
    [['ejected and full', 'full'], acceptA, false],
    [['draining', 'down', 'weightless'], {}, false],
    [['unchecked', 'unhealthy'], {}, true],
    [['unhealthy', 'unchecked'], acceptA, false],
    [['unhealthy', 'full'], acceptA, false],
    [[], {}, false],
  ])('%j with %o: %s', (conditions, hint, expected) => {
    expect(createSelection(conditions).isWorthWaiting(hint, false)).toBe(expected);
  });

  test('is for anything acceptable when the upstream as a whole is full', () => {
    expect(createSelection(['available', 'full']).isWorthWaiting(acceptA, true)).toBe(true);
    expect(createSelection(['ejected', 'full']).isWorthWaiting(acceptA, true)).toBe(false);
    expect(createSelection(['down', 'full']).isWorthWaiting(acceptA, true)).toBe(false);
  });

  test('is over when somebody could be served', () => {
    expect(createSelection(['full', '|', 'available']).hasRoom()).toBe(true);
    expect(createSelection(['ejected']).hasRoom()).toBe(true);
    expect(createSelection(['ejected'], { panic: false }).hasRoom()).toBe(false);
    expect(createSelection(['full', 'ejected']).hasRoom()).toBe(false);
  });
});

describe('tiers', () => {
  const oneIll = ['available', 'unhealthy', '|', 'available'] as const;

  /** Tiers of two, of these conditions; how much each gets of so many picks. */
  function loadsOf(selection: EndpointSelection, hint: (pick: number) => AcquireHint = () => ({})): number[] {
    const counts = [0, 0];
    for (let pick = 0; pick < 2000; pick++) counts[selection.select(hint(pick))?.priority ?? 2]!++;
    return counts;
  }

  test('share the work by their loads', () => {
    // Half of the first tier is healthy: 70 %.
    expect(loadsOf(createSelection(oneIll, { tiered: true }))).toEqual([1400, 600]);
  });

  test('keep a key in its tier where keys have places, and take turns where they have not', () => {
    const keyed = createSelection(oneIll, { tiered: true, balancer: ringHash() });
    expect(new Set(loadsOf(keyed, () => ({ key: 'k' }))).has(2000)).toBe(true);
    const [first = 0] = loadsOf(keyed, (pick) => ({ key: `key-${pick}` }));
    // Each key by itself has a place, as good as by chance: five standard deviations.
    expect(Math.abs(first - 1400)).toBeLessThan(5 * Math.sqrt(2000 * 0.7 * 0.3));
    expect(loadsOf(createSelection(oneIll, { tiered: true }), () => ({ key: 'k' }))).toEqual([1400, 600]);
  });

  test('give to the others what they have no room for, or what they may not have', () => {
    expect(loadsOf(createSelection(['full', 'full', '|', 'available'], { tiered: true }))).toEqual([0, 2000]);
    expect(loadsOf(createSelection(['available', '|', 'full'], { tiered: true }))).toEqual([2000, 0]);
    const selection = createSelection(oneIll, { tiered: true });
    expect(loadsOf(selection, () => ({ accept: ({ id }) => id !== 'a' }))).toEqual([0, 2000]);
    expect(loadsOf(selection, () => ({ accept: ({ id }) => id === 'a' }))).toEqual([2000, 0]);
  });

  test('notice a change of health when they are told', () => {
    const selection = createSelection(['available', 'available', '|', 'available'], { tiered: true });
    for (const id of ['a', 'b']) selection.find(id)!.counters.health.verdict = 'unhealthy';
    selection.refresh();
    expect(loadsOf(selection)).toEqual([0, 2000]);
  });

  test('allocate nothing', () => {
    const selection = createSelection(oneIll, { tiered: true, balancer: ringHash() });
    const hints = ['a', 'b', 'c', undefined].map((key) => ({ key, accept: ({ id }: Endpoint) => id !== 'x' }));
    let pick = 0;
    expect(measureBytesPerCall(() => selection.select(hints[pick++ & 3]!))).toBeLessThan(1);
  });
});

describe('panic by a threshold', () => {
  const panicThreshold = 0.5;

  test('uses everybody in service when fewer are healthy', () => {
    const conditions = ['available', 'unhealthy', 'ejected', 'down', 'full'] as const;
    expect(selectable(createSelection(conditions, { panicThreshold: 0.75 }))).toBe('abc');
    expect(selectable(createSelection(conditions, { panicThreshold }))).toBe('a');
  });

  test('refuses when the few are to be spared', () => {
    const fail = { panic: 'fail', panicThreshold } as const;
    expect(selectable(createSelection(['available', 'unhealthy', 'ejected'], fail))).toBe('-');
    expect(selectable(createSelection(['available', 'unhealthy'], fail))).toBe('a');
    expect(selectable(createSelection(['ejected', 'ejected'], { panic: 'fail' }))).toBe('-');
    const full = createSelection(['full', 'unhealthy', 'ejected'], fail);
    expect(full.isWorthWaiting({}, false)).toBe(false);
  });

  test('is worth a wait for what is ill and full', () => {
    const selection = createSelection(['full', 'unhealthy and full', 'ejected and full'], { panicThreshold });
    expect(selection.isWorthWaiting({ accept: ({ id }) => id === 'b' }, false)).toBe(true);
    expect(selection.hasRoom()).toBe(false);
    selection.find('c')!.counters.inFlight = 0;
    expect(selection.hasRoom()).toBe(true);
  });
});

test('counts endpoints by state', () => {
  const selection = createSelection(['available', 'ejected', 'full', 'weightless', 'ejected', 'draining', 'down']);
  expect(selection.describe()).toBe('1 available, 2 ejected, 1 full, 2 down, 1 draining');
  expect(createSelection([]).describe()).toBe('it has none');
});
