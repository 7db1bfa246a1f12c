import { OptionsError } from '@sluice/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAddressList } from './address-list.ts';

describe('an address list', () => {
  test.each([
    {
      cidr: '10.0.0.0/8',
      inside: ['10.0.0.0', '10.255.255.255'],
      outside: ['9.255.255.255', '11.0.0.0', '::10.0.0.1'],
    },
    { cidr: '10.1.2.3/8', inside: ['10.9.9.9'], outside: ['11.1.2.3'] },
    { cidr: '192.0.2.7', inside: ['192.0.2.7'], outside: ['192.0.2.6', '192.0.2.8'] },
    { cidr: '0.0.0.0/0', inside: ['0.0.0.0', '255.255.255.255'], outside: ['::1'] },
    { cidr: '2001:db8::/33', inside: ['2001:db8:7fff::1'], outside: ['2001:db8:8000::1', '2001:db9::1'] },
    { cidr: 'fe80::/10', inside: ['fe80::1', 'fe80::1%eth0', 'febf::1'], outside: ['fec0::1'] },
    { cidr: '::1', inside: ['::1', '0:0:0:0:0:0:0:1'], outside: ['::2'] },
  ])('$cidr holds its addresses and no others', ({ cidr, inside, outside }) => {
    const list = createAddressList([cidr]);
    expect(inside.filter((address) => !list.has(address))).toEqual([]);
    expect(outside.filter((address) => list.has(address))).toEqual([]);
  });

  test.each(['::ffff:10.1.2.3', '::FFFF:10.1.2.3', '::ffff:a01:203', '0:0:0:0:0:ffff:0a01:0203'])(
    'sees the IPv4 address in %s',
    (mapped) => {
      expect(createAddressList(['10.0.0.0/8']).has(mapped)).toBe(true);
      expect(createAddressList(['11.0.0.0/8']).has(mapped)).toBe(false);
    },
  );

  test('takes a network of mapped addresses for the IPv4 network that it is', () => {
    const list = createAddressList(['::ffff:10.0.0.0/104']);
    expect(['10.1.2.3', '::ffff:10.1.2.3', '11.1.2.3'].map((address) => list.has(address))).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('has several networks of both families, and answers alternating questions', () => {
    const list = createAddressList(['10.0.0.0/8', '192.168.0.0/16', 'fc00::/7']);
    const asked = ['10.0.0.1', '8.8.8.8', '10.0.0.1', 'fd00::1', '8.8.8.8', '192.168.1.1'];
    expect(asked.map((address) => list.has(address))).toEqual([true, false, true, true, false, true]);
  });

  test('holds nothing when it is empty, and nothing that is no address', () => {
    expect(createAddressList([]).has('127.0.0.1')).toBe(false);
    const all = createAddressList(['0.0.0.0/0', '::/0']);
    expect(
      ['', 'localhost', 'unknown', '1.2.3', '1.2.3.4:80', '[::1]', '01.2.3.4'].filter((text) => all.has(text)),
    ).toEqual([]);
  });

  test('knows loopback and private addresses by name, and whoever comes through a Unix socket', () => {
    const list = createAddressList(['loopback', 'private']);
    const inside = ['127.0.0.1', '::1', '10.1.2.3', '172.31.0.1', '192.168.0.1', 'fd00::1', '::ffff:127.0.0.1'];
    expect(inside.filter((address) => !list.has(address))).toEqual([]);
    expect(['172.32.0.1', '8.8.8.8', 'fe80::1', ''].filter((address) => list.has(address))).toEqual([]);
    const unix = createAddressList(['unix']);
    expect(['', '127.0.0.1', 'unix', ''].map((address) => unix.has(address))).toEqual([true, false, false, true]);
  });

  test('knows what is no machine of the public internet, in all disguises', () => {
    const list = createAddressList(['non-public']);
    const own = ['127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'];
    const odd = ['224.0.0.1', '255.255.255.255', '198.18.0.1', '192.0.2.1'];
    const own6 = ['::', '::1', 'fe80::1%eth0', 'fd00:ec2::254', 'ff02::1', 'fec0::1', '2001:db8::1'];
    const disguised = ['::ffff:127.0.0.1', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::'];
    expect([...own, ...odd, ...own6, ...disguised].filter((address) => !list.has(address))).toEqual([]);
    expect(['8.8.8.8', '172.32.0.1', '2606:4700::1', '2a00::1', ''].filter((address) => list.has(address))).toEqual([]);
    expect(createAddressList(['link-local']).has('169.254.169.254')).toBe(true);
  });

  test('agrees with arithmetic on IPv4 networks', () => {
    const word = fc.nat(0xffff_ffff);
    const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
    fc.assert(
      fc.property(word, fc.nat(32), word, fc.boolean(), (network, prefix, other, near) => {
        const mask = prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0;
        const address = near ? ((network & mask) | (other & ~mask)) >>> 0 : other;
        const list = createAddressList([`${dotted(network)}/${prefix}`]);
        const isInside = ((address ^ network) & mask) === 0;
        expect(list.has(dotted(address))).toBe(isInside);
        expect(list.has(`::ffff:${dotted(address)}`)).toBe(isInside);
      }),
    );
  });
});

describe('a wrong entry', () => {
  test.each([
    '',
    'localhost',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10/8',
    '10.0.0.0/ 8',
    'fe80::1%eth0',
    '10.0.0.0/8.5',
  ])('is reported: "%s"', (entry) => {
    expect(() => createAddressList(['10.0.0.0/8', entry])).toThrow(OptionsError);
    expect(() => createAddressList(['10.0.0.0/8', entry])).toThrow(/addresses\[1\] must be an IP address, a network/);
  });

  test('is reported with all others, under the name of the list', () => {
    const error = catchError(() => createAddressList(['a', '::1', 'b'], 'trustedProxies'));
    expect(error).toMatchObject({ issues: [{ path: 'trustedProxies[0]' }, { path: 'trustedProxies[2]' }] });
  });
});

function catchError(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}
