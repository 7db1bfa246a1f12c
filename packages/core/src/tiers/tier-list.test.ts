import { describe, expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { createEndpointSet } from '../endpoint/endpoint-set.ts';
import type { EndpointOptions } from '../endpoint/endpoint.ts';
import { EndpointHealth } from '../health/endpoint-health.ts';
import { FailureWindow } from '../health/failure-window.ts';
import { createCounters, LiveEndpoint } from '../upstream/live-endpoint.ts';
import { resolveEndpoints } from '../upstream/upstream-options.ts';
import type { ResolvedLocality } from './locality-options.ts';
import { TierList, type TierPolicy } from './tier-list.ts';
import { tierStats } from './tier-stats.ts';

const clock = createManualClock();
const locality: ResolvedLocality = { zone: 'a1', region: 'a', minHealthyEndpoints: 0, proxies: undefined };

/** What an endpoint is made of here; those that are `ill` are unhealthy. */
interface Member extends Omit<EndpointOptions, 'address'> {
  readonly ill?: boolean;
}

function createTiers(members: readonly Member[], policy: Partial<TierPolicy> = {}): TierList {
  const described = resolveEndpoints(
    members.map((member, index) => {
      const { ill, ...options } = member;
      return { address: `e${index}:1`, id: `e${index}`, ...options, metadata: { ill } };
    }),
  );
  const endpoints = described.map((description) => {
    const counters = createCounters(new EndpointHealth(new FailureWindow(1, 100), []));
    if (description.metadata['ill'] === true) counters.health.verdict = 'unhealthy';
    return new LiveEndpoint(description, counters, clock);
  });
  const all = createEndpointSet(1, endpoints);
  return new TierList(all, { overprovisioning: 1.4, locality: undefined, panicThreshold: 0, ...policy });
}

/** So many members, of which the first few are ill. */
function group(count: number, ill: number, options: Member = {}): Member[] {
  return Array.from({ length: count }, (_, index) => ({ ...options, ill: index < ill }));
}

/** Each tier in a few words: `0 own-zone 70%`; one that panics with `!`. */
function describeTiers({ active }: TierList): string {
  return active
    .map(tierStats)
    .map(({ priority, backup, place, loadPercent, isPanicking }) =>
      [backup ? 'backup' : priority, ...(place === 'anywhere' ? [] : [place]), `${loadPercent}%`]
        .join(' ')
        .concat(isPanicking ? '!' : ''),
    )
    .join(', ');
}

describe('tiers by priority', () => {
  test('are one, the whole set itself, when there are no priorities', () => {
    const tiers = createTiers(group(3, 0));
    expect(describeTiers(tiers)).toBe('0 100%');
    expect(tiers.sole?.set).toBe(tiers.all);
  });

  test('are in order of their numbers, whatever those are and in whatever order they come, and backups last', () => {
    const members = [{ backup: true }, { priority: 900 }, { priority: 3 }, { priority: 900 }];
    const tiers = createTiers(members);
    expect(describeTiers(tiers)).toBe('3 100%, 900 0%, backup 0%');
    expect(tiers.active.map(({ set }) => set.endpoints.map(({ id }) => id).join(''))).toEqual(['e2', 'e1e3', 'e0']);
  });

  test('share the work by their health', () => {
    expect(describeTiers(createTiers([...group(4, 2), ...group(2, 0, { priority: 1 })]))).toBe('0 70%, 1 30%');
    expect(describeTiers(createTiers([...group(4, 3), ...group(2, 1, { priority: 1 })]))).toBe('0 35%, 1 65%');
    expect(describeTiers(createTiers([...group(4, 4), ...group(2, 0, { priority: 1 })]))).toBe('0 0%, 1 100%');
  });

  test('go by weight', () => {
    const members = [{ weight: 3, ill: true }, { weight: 1 }, { priority: 1 }];
    expect(describeTiers(createTiers(members))).toBe('0 35%, 1 65%');
  });

  test('can do without what is down, or has no weight, but miss what drains', () => {
    const tiers = createTiers([{ down: true }, { weight: 0 }, {}, {}, { priority: 1 }]);
    expect(describeTiers(tiers)).toBe('0 100%, 1 0%');
    tiers.all.endpoints[2]!.counters.isDraining = true;
    tiers.refresh();
    expect(describeTiers(tiers)).toBe('0 70%, 1 30%');
  });

  test('are strict when nothing is too much for one', () => {
    const members = [...group(10, 9), ...group(1, 0, { priority: 1 })];
    expect(describeTiers(createTiers(members, { overprovisioning: Infinity }))).toBe('0 100%, 1 0%');
  });

  test('leave the backups alone until nobody else is healthy', () => {
    const backups = group(2, 0, { backup: true });
    expect(describeTiers(createTiers([...group(10, 9), ...backups]))).toBe('0 100%, backup 0%');
    expect(describeTiers(createTiers([...group(3, 3), ...backups]))).toBe('0 0%, backup 100%');
    expect(describeTiers(createTiers([...group(3, 3), ...group(2, 2, { backup: true })]))).toBe('0 100%, backup 0%');
  });

  test('are none when there is no endpoint, and the first gets everything when nobody can work', () => {
    expect(createTiers([])).toMatchObject({ active: [], sole: undefined, isLost: false, isPanicking: false });
    expect(describeTiers(createTiers([{ down: true }, { down: true, priority: 1 }]))).toBe('0 100%, 1 0%');
  });
});

describe('tiers by distance', () => {
  const near = { zone: 'a1', region: 'a' };
  const next = { zone: 'a2', region: 'a' };
  const far = { zone: 'b1', region: 'b' };

  test('are our zone, our region and all others, and get what is missing before them', () => {
    const describeIll = (ill: readonly number[]): string =>
      describeTiers(
        createTiers(
          [near, next, far, {}].flatMap((place, index) => group(2, ill[index] ?? 0, place)),
          { locality },
        ),
      );
    expect(describeIll([0])).toBe('0 own-zone 100%, 0 own-region 0%, 0 elsewhere 0%');
    expect(describeIll([1])).toBe('0 own-zone 70%, 0 own-region 30%, 0 elsewhere 0%');
    expect(describeIll([2, 2])).toBe('0 own-zone 0%, 0 own-region 0%, 0 elsewhere 100%');
  });

  test('go before priorities: a better endpoint far away is better than a worse one here', () => {
    const members = [far, { ...near, priority: 1 }, near];
    expect(describeTiers(createTiers(members, { locality }))).toBe('0 own-zone 100%, 0 elsewhere 0%, 1 0%');
  });

  test('do not matter while our zone is too small', () => {
    const small = { ...locality, minHealthyEndpoints: 2 };
    const members = [...group(3, 1, near), ...group(3, 0, far)];
    expect(describeTiers(createTiers(members, { locality: small }))).toBe('0 own-zone 93%, 0 elsewhere 7%');
    expect(describeTiers(createTiers([...group(3, 2, near), ...group(3, 0, far)], { locality: small }))).toBe('0 100%');
  });

  test('do not matter where all are at the same', () => {
    const tiers = createTiers(group(3, 0, far), { locality });
    expect(tiers.sole?.set).toBe(tiers.all);
  });
});

describe('zones that are kept even', () => {
  const even = { ...locality, proxies: new Map(Object.entries({ a1: 1, b1: 1, c1: 2 })) };
  const zones = (counts: Readonly<Record<string, number>>, ill = 0): Member[] =>
    Object.entries(counts).flatMap(([zone, count]) => group(count, zone === 'a1' ? ill : 0, { zone }));
  const loadsOf = (members: readonly Member[], policy: Partial<TierPolicy> = {}): Record<string, number> =>
    Object.fromEntries(
      createTiers(members, { locality: even, ...policy }).active.map(({ set, load }) => [
        set.endpoints[0]?.zone ?? '',
        load,
      ]),
    );

  test('keep everything here that is not too much', () => {
    expect(loadsOf(zones({ a1: 2, b1: 2, c1: 4 }))).toEqual({ a1: 1, b1: 0, c1: 0 });
    expect(loadsOf(zones({ b1: 2, c1: 2, a1: 4 }))).toEqual({ a1: 1, b1: 0, c1: 0 });
  });

  test('give away what is, to those that have more than they need', () => {
    // An eighth of the endpoints and a quarter of the proxies.
    expect(loadsOf(zones({ a1: 1, b1: 3, c1: 4 }))).toEqual({ a1: 0.5, b1: 0.5, c1: 0 });
    expect(loadsOf(zones({ a1: 2, b1: 3, c1: 4 }, 1))).toEqual({ a1: 0.5, b1: 0.5, c1: 0 });
  });

  test('divide the load of their tier', () => {
    const members = [...zones({ a1: 2, b1: 2, c1: 4 }).map((member) => ({ ...member, priority: 1 })), ...group(2, 1)];
    const tiers = createTiers(members, { locality: even });
    expect(tiers.active.map(({ rank, load }) => [rank.priority, Math.round(100 * load)])).toEqual([
      [0, 70],
      [1, 30],
      [1, 0],
      [1, 0],
    ]);
  });

  test('do not matter in panic, and while our zone is too small', () => {
    expect(loadsOf(zones({ a1: 4, b1: 1, c1: 1 }, 4), { panicThreshold: 0.5 })).toEqual({ a1: 1 });
    expect(loadsOf(zones({ a1: 2, b1: 4 }), { locality: { ...even, minHealthyEndpoints: 3 } })).toEqual({ a1: 1 });
  });
});

describe('panic', () => {
  test('is for a tier that has too few healthy endpoints, when others can not make up for it', () => {
    const policy = { panicThreshold: 0.5 };
    expect(describeTiers(createTiers(group(4, 2), policy))).toBe('0 100%');
    expect(describeTiers(createTiers(group(4, 3), policy))).toBe('0 100%!');
    const saved = [...group(4, 3), ...group(4, 0, { priority: 1 })];
    expect(describeTiers(createTiers(saved, policy))).toBe('0 35%, 1 65%');
    // 0.35 and 0.35 of the work can be done, and each does half of it.
    const lost = [...group(4, 3), ...group(4, 3, { priority: 1 })];
    expect(describeTiers(createTiers(lost, policy))).toBe('0 50%!, 1 50%!');
  });

  test('without a threshold is only for when nobody is healthy', () => {
    expect(createTiers([...group(99, 99), {}])).toMatchObject({ isLost: false, isPanicking: false, soundShare: 0.01 });
    expect(createTiers(group(3, 3))).toMatchObject({ isLost: true, isPanicking: true, soundShare: 0 });
  });

  test('does not count those that wait for their first probe against the others', () => {
    const tiers = createTiers(group(3, 3));
    tiers.all.endpoints[0]!.counters.health.verdict = 'unknown';
    tiers.refresh();
    expect(tiers.isLost).toBe(false);
  });

  test('is not over for an ejected endpoint that is due for its trial', () => {
    const tiers = createTiers(group(1, 0));
    tiers.all.endpoints[0]!.counters.health.ejection.eject(clock.now(), 10);
    clock.advance(10);
    tiers.refresh();
    expect(tiers.isLost).toBe(true);
    expect(describeTiers(tiers)).toBe('0 100%');
  });

  test('is not for those that an operator has taken out', () => {
    const tiers = createTiers([{ down: true }, { down: true }, {}], { panicThreshold: 1 });
    expect(tiers.isPanicking).toBe(false);
    tiers.all.endpoints[2]!.counters.isDraining = true;
    tiers.refresh();
    expect(tiers.isPanicking).toBe(false);
  });
});
