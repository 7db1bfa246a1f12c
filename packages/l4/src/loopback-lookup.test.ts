import { expect, test } from 'vitest';
import { isLoopbackName, loopbackLookup } from './loopback-lookup.ts';

test.each(['localhost', 'LocalHost', 'localhost.', 'a.localhost', 'b.a.localhost.'])('%s is this machine', (name) => {
  expect(isLoopbackName(name)).toBe(true);
});

test.each(['', '.', 'notlocalhost', 'localhost.example', 'localhost..', 'ocalhost', '127.0.0.1', '::1'])(
  '"%s" is looked up like any other name',
  (name) => {
    expect(isLoopbackName(name)).toBe(false);
  },
);

test('gives both loopback addresses, and not before the caller has gone on', async () => {
  let hasGoneOn = false;
  const answer = new Promise<unknown[]>((resolve) => {
    loopbackLookup('localhost', { all: true }, (...result) => resolve([hasGoneOn, ...result]));
  });
  hasGoneOn = true;
  expect(await answer).toEqual([
    true,
    null,
    [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ],
  ]);
});
