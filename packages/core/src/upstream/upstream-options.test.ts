import { describe, expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { OptionsError } from '../options/options-error.ts';
import { createSeededRandom } from '../random.ts';
import { resolveEndpoints, resolveUpstreamOptions, type UpstreamOptions } from './upstream-options.ts';

function messagesOf(options: unknown): string[] {
  try {
    resolveUpstreamOptions(options as UpstreamOptions);
  } catch (error) {
    if (error instanceof OptionsError) return error.issues.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
}

describe('upstream options', () => {
  test('have defaults for everything but endpoints', () => {
    const resolved = resolveUpstreamOptions({ endpoints: ['a:1'] });
    expect(resolved).toMatchObject({
      name: 'upstream',
      balancer: { name: 'smooth-weighted-round-robin' },
      limits: { maxInFlight: Infinity, maxQueued: 1024, queueTimeoutMs: 10_000 },
      health: { maxFails: 1, failTimeoutMs: 10_000, panic: true },
    });
    expect(resolved.endpoints[0]).toEqual({
      id: 'a:1',
      address: expect.objectContaining({ host: 'a', port: 1 }),
      weight: 1,
      backup: false,
      priority: 0,
      zone: undefined,
      region: undefined,
      down: false,
      maxInFlight: Infinity,
      metadata: {},
    });
  });

  test("have tiers in Envoy's way, no places, and panic when nobody is left", () => {
    expect(resolveUpstreamOptions({ endpoints: [] })).toMatchObject({
      tiers: { overprovisioning: 1.4 },
      locality: undefined,
      health: { panic: true, panicThresholdPercent: 0 },
    });
  });

  test('take tiers, places and panic', () => {
    const resolved = resolveUpstreamOptions({
      endpoints: [{ address: 'a:1', priority: 2, zone: 'a1', region: 'a' }],
      tiers: { overprovisioning: Infinity },
      locality: { zone: 'a1', region: 'a', minHealthyEndpoints: 2, proxies: { a1: 2, b1: 0 } },
      health: { panic: 'fail', panicThresholdPercent: 50 },
    });
    expect(resolved).toMatchObject({
      endpoints: [{ priority: 2, zone: 'a1', region: 'a' }],
      tiers: { overprovisioning: Infinity },
      locality: { zone: 'a1', region: 'a', minHealthyEndpoints: 2 },
      health: { panic: 'fail', panicThresholdPercent: 50 },
    });
    expect([...(resolved.locality?.proxies ?? [])]).toEqual([
      ['a1', 2],
      ['b1', 0],
    ]);
    expect(resolveUpstreamOptions({ endpoints: [], locality: false }).locality).toBeUndefined();
  });

  test('refuse tiers, places and panic that make no sense', () => {
    expect(
      messagesOf({
        endpoints: [{ address: 'a:1', backup: true, priority: 1 }],
        tiers: { overprovisioning: 0.5 },
        locality: { region: 'a', proxies: { b1: 1 } },
        health: { panic: 'maybe', panicThresholdPercent: 101 },
      }),
    ).toEqual([
      'endpoints[0].priority must not stand beside backup: backups are the last tier',
      'health.panic must be true, false or "fail", got "maybe" (string)',
      'health.panicThresholdPercent must be a number from 0 to 100, got 101',
      'tiers.overprovisioning must be a number >= 1, got 0.5',
      'locality.zone must be given',
    ]);
    expect(messagesOf({ endpoints: [], locality: { zone: 'a1', proxies: { b1: 1, c1: -1 } } })).toEqual([
      'locality.proxies.c1 must be a number >= 0, got -1',
      'locality.proxies.a1 must be above 0, as this proxy is there, got undefined',
    ]);
  });

  test('take everything', () => {
    const balancer = { name: 'mine', pick: () => undefined };
    const [clock, random] = [createManualClock(), createSeededRandom(1)];
    const endpoint = {
      address: 'http://a',
      id: 'x',
      weight: 0,
      backup: true,
      down: true,
      maxInFlight: 2,
      metadata: { z: 1 },
    };
    const limits = { maxInFlight: 5, maxQueued: Infinity, queueTimeoutMs: false } as const;
    const health = { maxFails: 0, failTimeoutMs: false, panic: false } as const;
    const resolved = resolveUpstreamOptions({
      name: 'shop',
      endpoints: [endpoint],
      balancer,
      limits,
      health,
      clock,
      random,
    });
    expect(resolved).toMatchObject({
      name: 'shop',
      endpoints: [{ ...endpoint, address: { href: 'http://a:80' } }],
      limits: { ...limits, queueTimeoutMs: Infinity },
      health: { ...health, failTimeoutMs: Infinity },
    });
    expect([resolved.balancer, resolved.clock, resolved.random]).toEqual([balancer, clock, random]);
  });

  test('switch health off', () => {
    expect(resolveUpstreamOptions({ endpoints: [], health: false }).health.maxFails).toBe(0);
  });

  test('report everything that is wrong at once', () => {
    const messages = messagesOf({
      endpoints: ['a', { address: 'b:1', weight: '2', metdata: {} }, { address: 'b:1' }, { address: 'c:1', id: '' }, 3],
      balancer: 'ring-hsh',
      limits: { maxQueud: 1 },
      health: { maxFails: 1.5 },
      clock: {},
      random: 4,
    });
    expect(messages).toEqual([
      'random must be a function, got 4',
      'clock must have the functions now, wallTimeMs and setTimer, got an object',
      expect.stringMatching(/^endpoints\[0\]\.address must be .*, got "a" \(string\)$/),
      'endpoints[1].weight must be an integer from 0 to 65535, got "2" (string)',
      'endpoints[1].metdata is unknown, did you mean metadata?',
      'endpoints[2] has the id "b:1" (string) of an endpoint before it',
      'endpoints[3].id must not be empty',
      'endpoints[4] must be an object, got 3',
      expect.stringMatching(/^balancer must be one of .*, got "ring-hsh" \(string\), did you mean ring-hash\?$/),
      'limits.maxQueud is unknown, did you mean maxQueued?',
      'health.maxFails must be an integer from 0 to 1000, got 1.5',
    ]);
  });

  test.each([
    [undefined, 'upstream must be an object, got undefined'],
    [{}, 'endpoints must be a list of endpoints, or a source of them'],
    [{ endpoints: 'a:1' }, 'endpoints must be a list, got "a:1" (string)'],
    [{ endpoints: [], balancer: {} }, 'balancer must be a name or have a pick function, got an object'],
    [{ endpoints: [], health: true }, 'health must be an object, got true'],
    [{ endpoints: [{ address: 'a:1', metadata: 'x' }] }, 'endpoints[0].metadata must be an object, got "x" (string)'],
    [{ endpoints: [{ address: 'a:1', maxInFlight: 0 }] }, 'endpoints[0].maxInFlight must be an integer >= 1, got 0'],
  ])('%o is refused', (options, message) => {
    expect(messagesOf(options)).toEqual([message]);
  });

  test('metadata is a copy', () => {
    const metadata = { zone: 'a' };
    const [endpoint] = resolveEndpoints([{ address: 'a:1', metadata }]);
    metadata.zone = 'b';
    expect(endpoint!.metadata).toEqual({ zone: 'a' });
  });
});
