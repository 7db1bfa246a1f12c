import { describe, expect, test } from 'vitest';
import { roundRobin } from '../balancers/round-robin.ts';
import { createManualClock } from '../clock.ts';
import { EndpointHealth } from '../health/endpoint-health.ts';
import { FailureWindow } from '../health/failure-window.ts';
import { EndpointSelection, type AcquireHint } from './endpoint-selection.ts';
import { createCounters, LiveEndpoint } from './live-endpoint.ts';
import { resolveEndpoints } from './upstream-options.ts';

type Condition =
  | 'available'
  | 'full'
  | 'ejected'
  | 'ejected and full'
  | 'unhealthy'
  | 'unhealthy and ejected'
  | 'unchecked'
  | 'asking to drain'
  | 'draining'
  | 'down'
  | 'weightless';

const clock = createManualClock();

/** A selection of endpoints `a`, `b`, … in these conditions; those after `|` are backups. */
function createSelection(conditions: readonly (Condition | '|')[], panic = true): EndpointSelection {
  const firstBackup = conditions.indexOf('|');
  const listed = conditions.filter((condition) => condition !== '|');
  const endpoints = listed.map((condition, index) => {
    const id = String.fromCharCode(97 + index);
    const weight = condition === 'weightless' ? 0 : 1;
    const backup = firstBackup >= 0 && index >= firstBackup;
    const [description] = resolveEndpoints([
      { address: `${id}:1`, id, weight, backup, down: condition === 'down', maxInFlight: 1 },
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
  const selection = new EndpointSelection(roundRobin(), panic);
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
    expect(selectable(createSelection(['unhealthy', 'unhealthy'], false))).toBe('-');
  });

  test('does not panic before the first probes are back', () => {
    expect(selectable(createSelection(['unhealthy', 'ejected', 'unchecked']))).toBe('-');
  });

  test('does not panic while something is in rotation, full or not acceptable though it is', () => {
    expect(selectable(createSelection(['ejected', 'full']))).toBe('-');
    expect(selectable(createSelection(['ejected', 'available']), { accept: ({ id }) => id === 'a' })).toBe('-');
  });

  test('does not panic when it may not', () => {
    expect(selectable(createSelection(['ejected', 'ejected'], false))).toBe('-');
  });

  test('never takes what is out of service, in panic neither', () => {
    expect(selectable(createSelection(['draining', 'down', 'weightless']))).toBe('-');
    expect(selectable(createSelection([]))).toBe('-');
  });

  test('passes the key on', () => {
    const keys: (string | undefined)[] = [];
    const selection = new EndpointSelection({ name: 'spy', pick: (_, { key }) => void keys.push(key) }, false);
    selection.replace(createSelection(['available']).all.endpoints);
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
    expect(createSelection(['ejected'], false).hasRoom()).toBe(false);
    expect(createSelection(['full', 'ejected']).hasRoom()).toBe(false);
  });
});

test('counts endpoints by state', () => {
  const selection = createSelection(['available', 'ejected', 'full', 'weightless', 'ejected', 'draining', 'down']);
  expect(selection.describe()).toBe('1 available, 2 ejected, 1 full, 2 down, 1 draining');
  expect(createSelection([]).describe()).toBe('it has none');
});
