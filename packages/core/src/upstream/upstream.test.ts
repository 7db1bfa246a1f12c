import { expect, test } from 'vitest';
import { createUpstream } from './create-upstream.ts';
import { isUpstream } from './upstream.ts';

test('tells an upstream from the options to make one', () => {
  const options = { endpoints: ['a:1'] };
  expect([createUpstream(options), options, undefined, null, 'a:1'].map((value) => isUpstream(value))).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});
