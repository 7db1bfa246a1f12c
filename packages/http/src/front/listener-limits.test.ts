import { expect, test } from 'vitest';
import { listenerLimitDefaults } from './listener-limits.ts';
import { resolveListenOptions } from './listener.ts';

test('all limits have defaults, and each can be set or switched off', () => {
  expect(resolveListenOptions().limits).toEqual(listenerLimitDefaults);
  expect(resolveListenOptions({ limits: { maxFields: 7, maxConnections: Infinity } }).limits).toEqual({
    ...listenerLimitDefaults,
    maxFields: 7,
    maxConnections: Infinity,
  });
});

test('a port alone is enough', () => {
  expect(resolveListenOptions(8080)).toMatchObject({ address: { port: 8080, host: '127.0.0.1' }, front: 'wire' });
});

test('everything that is wrong is said at once', () => {
  const wrong = { port: 70_000, front: 'h2', limits: { maxFields: 0, maxHeadByte: 1 } } as object;
  expect(() => resolveListenOptions(wrong)).toThrow(/port.*front.*maxFields.*maxHeadByte/s);
  expect(() => resolveListenOptions({ path: '/tmp/x', port: 1 })).toThrow(/path stands for a Unix socket/);
});
