import { describe, expect, test } from 'vitest';
import { resolveOptions } from '../../options/resolve-options.ts';
import { failurePercentageDefaults } from './failure-percentage.ts';
import { latencyOutlierDefaults } from './latency.ts';
import { outlierDefaults, readOutliers, type ResolvedOutlierOptions } from './outlier-options.ts';
import { successRateDefaults } from './success-rate.ts';

function read(outliers?: unknown): ResolvedOutlierOptions | undefined {
  return resolveOptions({ outliers }, 'health', (reader) => readOutliers(reader, 'outliers'));
}

describe('outlier options', () => {
  test('are off by default', () => {
    expect([read(), read(false)]).toEqual([undefined, undefined]);
  });

  test('have defaults for everything; what costs clock readings is off', () => {
    const expected = {
      ...outlierDefaults,
      failurePercentage: failurePercentageDefaults,
      successRate: successRateDefaults,
      latency: undefined,
    };
    expect([read(true), read({})]).toEqual([expected, expected]);
    expect(read({ latency: {} })?.latency).toEqual(latencyOutlierDefaults);
  });

  test('switch each detector off', () => {
    const off = { consecutiveFailures: 0, failurePercentage: false, successRate: false };
    expect(read(off)).toMatchObject({ consecutiveFailures: 0, failurePercentage: undefined, successRate: undefined });
  });

  test('report what is wrong, with its place', () => {
    expect(() =>
      read({
        failurePercentage: { thresholdPercent: 0 },
        latency: { minEndpoints: 2 },
        maxEjectionPercent: 101,
        interval: 1,
      }),
    ).toThrow(
      /failurePercentage\.thresholdPercent must be a number from 1 to 100.*latency\.minEndpoints must be an integer >= 3.*maxEjectionPercent must be.*outliers\.interval is unknown/,
    );
    expect(() => read('yes')).toThrow('outliers must be an object');
  });
});
