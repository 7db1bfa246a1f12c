import { expect, test } from 'vitest';
import { hasLeft } from './has-left.ts';

test('tells a client that is gone from one on a Unix socket', () => {
  expect(hasLeft({ remoteAddress: '127.0.0.1', localAddress: '127.0.0.1' })).toBe(false);
  expect(hasLeft({ remoteAddress: undefined, localAddress: '127.0.0.1' })).toBe(true);
  expect(hasLeft({ remoteAddress: undefined, localAddress: undefined } as never)).toBe(false);
});
