import { expect, test } from 'vitest';
import { staticEndpoints } from './static-endpoints.ts';

test('refuses a wrong list when it is made', () => {
  expect(() => staticEndpoints(['a:1', 'nonsense:'])).toThrow('endpoints[1].address');
});
