import { describe, expect, test } from 'vitest';
import { OptionsError } from '../options/options-error.ts';
import { resolveOptions } from '../options/resolve-options.ts';
import { readChecks, type ResolvedCheck } from './check-options.ts';
import type { Probe, ProbeResult } from './probe.ts';

const endpoint = {} as Parameters<Probe['check']>[0];
const scope = {} as Parameters<Probe['check']>[1];
const up: Probe = { name: 'up', check: (): ProbeResult => ({ healthy: true }) };

function read(...checks: unknown[]): readonly ResolvedCheck[] {
  return resolveOptions({ checks }, 'health', (reader) => readChecks(reader, 'checks'));
}

function messagesOf(...checks: unknown[]): string[] {
  try {
    read(...checks);
  } catch (error) {
    if (error instanceof OptionsError) return error.issues.map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
}

describe('checks', () => {
  test('have defaults for everything but the probe', () => {
    expect(read({ probe: up })).toEqual([
      {
        name: 'up',
        probe: expect.any(Function),
        intervalMs: 5000,
        fastIntervalMs: 1000,
        downIntervalMs: 5000,
        jitterPercent: 10,
        timeoutMs: 2000,
        rise: 2,
        fall: 3,
        initialState: 'healthy',
        startSpreadMs: 1000,
      },
    ]);
  });

  test('derive what was left out from what was given', () => {
    const [check] = read({ probe: up, intervalMs: 500 });
    expect(check).toMatchObject({ fastIntervalMs: 500, downIntervalMs: 500, startSpreadMs: 500 });
    const [fast] = read({ probe: up, intervalMs: 60_000, fastIntervalMs: 2000 });
    expect(fast).toMatchObject({ downIntervalMs: 60_000, startSpreadMs: 2000 });
  });

  test('may be a probe, or a function, by itself', () => {
    const database = (): ProbeResult => ({ healthy: false });
    const [first, second, third] = read(up, database, { probe: () => ({ healthy: true }), name: 'mine' });
    expect([first!.name, second!.name, third!.name]).toEqual(['up', 'database', 'mine']);
    expect(second!.probe(endpoint, scope)).toEqual({ healthy: false });
  });

  test('call a probe as a method of its object', async () => {
    class Counting {
      readonly name = 'counting';
      calls = 0;
      check(): ProbeResult {
        this.calls++;
        return { healthy: true };
      }
    }
    const probe = new Counting();
    await read(probe)[0]!.probe(endpoint, scope);
    expect(probe.calls).toBe(1);
  });

  test('name a function without a name', () => {
    expect(read(Object.defineProperty(() => ({ healthy: true }), 'name', { value: '' }))[0]!.name).toBe('custom');
  });

  test('report what is wrong, with its place', () => {
    expect(messagesOf({ probe: up, intervalMs: 0, rise: 0, intialState: 'healthy' }, { probe: 4 }, 'tcp')).toEqual([
      'checks[0].intervalMs must be a number from 1 to 86400000, got 0',
      'checks[0].rise must be an integer >= 1, got 0',
      'checks[0].intialState is unknown, did you mean initialState?',
      'checks[1].probe must be a function or have a name and a check function, got 4',
      'checks[2] must be an object, got "tcp" (string)',
    ]);
  });
});
