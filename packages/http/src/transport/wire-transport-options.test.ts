import { systemClock } from '@sluice/core';
import { expect, test } from 'vitest';
import { poolDefaults, resolveWireTransportOptions } from './wire-transport-options.ts';

test('completes the options', () => {
  expect(resolveWireTransportOptions({ pool: { maxIdlePerEndpoint: 0, maxAgeMs: false } })).toMatchObject({
    pool: { ...poolDefaults, maxIdlePerEndpoint: 0, maxAgeMs: Infinity },
    limits: { maxBytes: 65_536, maxFields: 256 },
    continueMs: 1_000,
    clock: systemClock,
  });
});

test('reports everything that is wrong at once', () => {
  const options = { pool: { maxIdle: 1, idleTimeoutMs: 0 }, limits: { maxFields: 1.5 }, expectContinueMs: '1' };
  expect(() => resolveWireTransportOptions(options as never)).toThrow(
    /pool\.idleTimeoutMs.*pool\.maxIdle is unknown.*limits\.maxFields.*expectContinueMs|expectContinueMs.*pool/s,
  );
});
