import { parseEndpointAddress } from '@sluice/core';
import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { expect, test } from 'vitest';
import { createAddressList } from './address-list.ts';
import { DialGuard } from './dial-guard.ts';

/** A lookup that knows these addresses, or fails. */
function createLookup(...found: string[]): LookupFunction {
  return (_host, _options, callback) => {
    if (found.length === 0) return callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
    callback(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
}

/** What a name means to a guard: addresses, or the code of the error. */
function resolveWith(guard: DialGuard, address: string): Promise<string[] | string | undefined> {
  return new Promise((resolve) => {
    const lookup = guard.lookupFor(parseEndpointAddress(address)) as LookupFunction;
    lookup('name', {}, (error, found) =>
      resolve(error === null ? (found as LookupAddress[]).map((entry) => entry.address) : error.code),
    );
  });
}

const denied = createAddressList(['non-public', 'unix']);

test('an address that is denied is not dialled, one that is not is left to the system', () => {
  const guard = new DialGuard(undefined, denied);
  for (const address of [
    '127.0.0.1:1',
    '[::1]:1',
    '[::ffff:10.0.0.1]:1',
    'https://169.254.169.254',
    'unix:/run/docker.sock',
  ])
    expect(() => guard.lookupFor(parseEndpointAddress(address)), address).toThrow(
      expect.objectContaining({ code: 'SLUICE_ADDRESS_DENIED', source: 'upstream', retry: 'safe' }),
    );
  expect(guard.lookupFor(parseEndpointAddress('8.8.8.8:53'))).toBeUndefined();
});

test('a list of what is allowed denies everything else', () => {
  const guard = new DialGuard(createAddressList(['10.0.0.0/8']), createAddressList(['10.1.0.0/16']));
  expect(guard.lookupFor(parseEndpointAddress('10.2.0.1:1'))).toBeUndefined();
  for (const address of ['10.1.0.1:1', '11.0.0.1:1', 'unix:/run/app.sock'])
    expect(() => guard.lookupFor(parseEndpointAddress(address)), address).toThrow('must not be dialled');
});

test('a name means those of its addresses that may be dialled, and an error when there is none', async () => {
  const mixed = new DialGuard(undefined, denied, createLookup('10.0.0.1', '8.8.8.8', '::1'));
  expect(await resolveWith(mixed, 'mixed.example:80')).toEqual(['8.8.8.8']);
  const inside = new DialGuard(undefined, denied, createLookup('169.254.169.254', '::ffff:127.0.0.1'));
  expect(await resolveWith(inside, 'inside.example:80')).toBe('SLUICE_ADDRESS_DENIED');
  expect(await resolveWith(inside, 'localhost:80')).toBe('SLUICE_ADDRESS_DENIED');
  const unknown = new DialGuard(undefined, denied, createLookup());
  expect(await resolveWith(unknown, 'nobody.example:80')).toBe('ENOTFOUND');
});

test('without rules only names of this machine are looked up here', () => {
  const guard = new DialGuard(undefined, undefined);
  expect(guard.lookupFor(parseEndpointAddress('shop.example:80'))).toBeUndefined();
  expect(guard.lookupFor(parseEndpointAddress('localhost:80'))).toBeDefined();
});
