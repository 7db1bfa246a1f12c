import { expect, test } from 'vitest';
import { createIdleSet, describeBalancer, pickIds } from './balancer-contract.ts';
import { hash } from './hash.ts';
import { sourceAddressHash } from './source-address-hash.ts';

describeBalancer('hash', hash);

test('places keys as the source-address hash does, but takes them as they are', () => {
  const set = createIdleSet(1, 2, 3, 1, 1);
  expect(pickIds(hash(), set, 500)).toEqual(pickIds(sourceAddressHash(), set, 500));
  const keys = Array.from({ length: 50 }, (_, index) => `192.0.2.${index}`);
  const place = (key: string): string | undefined => hash().pick(set, { key, accept: () => true })?.id;
  expect(keys.map((key) => place(`::ffff:${key}`))).not.toEqual(keys.map(place));
});
