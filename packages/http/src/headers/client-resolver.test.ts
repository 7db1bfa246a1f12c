import { OptionsError, resolveOptions } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  readClientResolver,
  type ClientInfo,
  type ClientResolver,
  type TrustedProxiesOption,
} from './client-resolver.ts';
import { formatForwarded } from './forwarded.ts';
import type { ForwardedFamily } from './forwarded-chain.ts';
import { formatNode, plainAddress } from './forwarded-node.ts';
import { createHeaderList } from './header-list.ts';

const fromProxy = { remoteAddress: '10.0.0.2', remotePort: 4000, localPort: 80, secure: false };

function resolverOf(trustedProxies: TrustedProxiesOption, family: ForwardedFamily = 'x-forwarded'): ClientResolver {
  return resolveOptions({ trustedProxies }, 'proxy', (reader) => readClientResolver(reader, family));
}

function clientOf(option: TrustedProxiesOption, ...fields: string[]): ClientInfo {
  return resolverOf(option)(fromProxy, createHeaderList(['Host', 'shop.example', ...fields]));
}

function clientByForwarded(option: TrustedProxiesOption, ...values: string[]): ClientInfo {
  const headers = createHeaderList(['Host', 'shop.example', ...values.flatMap((value) => ['Forwarded', value])]);
  return resolverOf(option, 'rfc7239')(fromProxy, headers);
}

test('believes nobody by default: the other side of the connection is the client', () => {
  expect(
    clientOf(false, 'X-Forwarded-For', '1.1.1.1', 'X-Forwarded-Proto', 'https', 'Forwarded', 'for=2.2.2.2'),
  ).toEqual({
    address: '10.0.0.2',
    port: 4000,
    protocol: 'http',
    host: 'shop.example',
    trusted: false,
  });
});

test('walks from right to left and stops at the first address that is not trusted', () => {
  const client = clientOf(
    ['10.0.0.0/8'],
    'X-Forwarded-For',
    '6.6.6.6, 1.1.1.1, 10.0.0.9',
    'X-Forwarded-Proto',
    'https',
  );
  expect(client).toMatchObject({ address: '1.1.1.1', protocol: 'https', trusted: true });
});

test('takes several lines as one', () => {
  expect(clientOf(['private'], 'X-Forwarded-For', '6.6.6.6', 'x-forwarded-for', '1.1.1.1,10.0.0.9,').address).toBe(
    '1.1.1.1',
  );
});

test('takes the outermost address when all are trusted', () => {
  expect(clientOf(['private'], 'X-Forwarded-For', '10.0.0.7, 10.0.0.8').address).toBe('10.0.0.7');
});

test('does not believe a peer outside the list', () => {
  expect(clientOf(['192.168.0.0/16'], 'X-Forwarded-For', '1.1.1.1')).toMatchObject({
    address: '10.0.0.2',
    trusted: false,
  });
});

test('counts hops', () => {
  expect(clientOf(1, 'X-Forwarded-For', '6.6.6.6, 1.1.1.1').address).toBe('1.1.1.1');
  expect(clientOf(2, 'X-Forwarded-For', '6.6.6.6, 1.1.1.1').address).toBe('6.6.6.6');
  expect(clientOf(3, 'X-Forwarded-For', '6.6.6.6, 1.1.1.1').address).toBe('6.6.6.6');
  expect(clientOf(0, 'X-Forwarded-For', '1.1.1.1').trusted).toBe(false);
});

test('asks a function for each hop', () => {
  const asked: [string, number][] = [];
  const trust = (address: string, hop: number): boolean => {
    asked.push([address, hop]);
    return hop < 1;
  };
  expect(clientOf(trust, 'X-Forwarded-For', '6.6.6.6, 1.1.1.1').address).toBe('1.1.1.1');
  expect(asked).toEqual([
    ['10.0.0.2', 0],
    ['1.1.1.1', 1],
  ]);
});

test('garbage in the chain ends the walk at the last address that was vouched for', () => {
  expect(clientOf(['private'], 'X-Forwarded-For', '1.1.1.1, nonsense, 10.0.0.9').address).toBe('10.0.0.9');
  expect(clientOf(['private'], 'X-Forwarded-For', '1.1.1.1, unknown')).toMatchObject({
    address: '10.0.0.2',
    port: 4000,
    trusted: true,
  });
});

test('reads one family only, since a proxy that writes one passes on the other as the client sent it', () => {
  const both = ['Forwarded', 'for=2.2.2.2;proto=https;host=evil', 'X-Forwarded-For', '1.1.1.1'];
  expect(clientOf(['private'], ...both)).toMatchObject({ address: '1.1.1.1', protocol: 'http', host: 'shop.example' });
  const resolve = resolverOf(['private'], 'rfc7239');
  expect(resolve(fromProxy, createHeaderList(['X-Forwarded-For', '1.1.1.1', 'X-Forwarded-Proto', 'https']))).toEqual({
    address: '10.0.0.2',
    port: 4000,
    protocol: 'http',
    host: undefined,
    trusted: true,
  });
});

test.each([
  ['https', 'https'],
  ['HTTPS', 'https'],
  ['wss', 'https'],
  ['ws', 'http'],
  ['http', 'http'],
  ['gopher', 'http'],
  ['https, http', 'http'],
])('reads X-Forwarded-Proto: %s as %s', (value, protocol) => {
  expect(clientOf(1, 'X-Forwarded-For', '1.1.1.1', 'X-Forwarded-Proto', value).protocol).toBe(protocol);
});

test('takes protocol and host as the proxy nearest to the client saw them, when every proxy adds its own', () => {
  const fields = ['X-Forwarded-For', '6.6.6.6, 1.1.1.1, 10.0.0.9', 'X-Forwarded-Proto', 'http, https, http'];
  expect(clientOf(['private'], ...fields, 'X-Forwarded-Host', 'evil, www.example, lb.internal')).toMatchObject({
    protocol: 'https',
    host: 'www.example',
  });
  expect(clientOf(['private'], ...fields, 'X-Forwarded-Host', 'www.example').host).toBe('www.example');
});

test('takes no host that could be read as another', () => {
  expect(clientOf(1, 'X-Forwarded-Host', 'a@evil').host).toBe('shop.example');
  expect(clientByForwarded(1, 'for=1.1.1.1;host="a/b"').host).toBe('shop.example');
});

test('reads Forwarded with port, protocol and host', () => {
  expect(clientByForwarded(['private'], 'for="[2001:db8::1]:4711";proto=HTTPS;host=www.example')).toEqual({
    address: '2001:db8::1',
    port: 4711,
    protocol: 'https',
    host: 'www.example',
    trusted: true,
  });
});

test('believes what a proxy says about the request when it hides the client', () => {
  expect(clientByForwarded(1, 'for=6.6.6.6, for=_hidden;proto=https;host=www.example')).toEqual({
    address: '10.0.0.2',
    port: 4000,
    protocol: 'https',
    host: 'www.example',
    trusted: true,
  });
});

test.each(['for="', 'for="a, b', String.raw`for="\ `, 'for=1.1.1.1;for=2.2.2.2', '"', 'for="6.6.6.6", "'])(
  'is not confused by %s in front of what a trusted proxy added',
  (lie) => {
    expect(clientByForwarded(1, `${lie}, for=1.1.1.1`).address).toBe('1.1.1.1');
    expect(clientByForwarded(1, lie, 'for=1.1.1.1').address).toBe('1.1.1.1');
  },
);

test('an IPv4 client on an IPv6 socket is that IPv4 client', () => {
  const resolve = resolverOf(['127.0.0.1']);
  const connection = { ...fromProxy, remoteAddress: '::ffff:127.0.0.1' };
  expect(resolve(connection, createHeaderList(['X-Forwarded-For', '::ffff:1.1.1.1'])).address).toBe('1.1.1.1');
  expect(resolverOf(false)(connection, createHeaderList()).address).toBe('127.0.0.1');
});

test('trusts the other side of a Unix socket by its own name, by a count, or by a function', () => {
  const connection = { remoteAddress: '', remotePort: 0, localPort: 0, secure: false };
  const headers = createHeaderList(['X-Forwarded-For', '1.1.1.1']);
  const addressBy = (option: TrustedProxiesOption): string => resolverOf(option)(connection, headers).address;
  expect([addressBy(['unix']), addressBy(1), addressBy((address) => address === '')]).toEqual([
    '1.1.1.1',
    '1.1.1.1',
    '1.1.1.1',
  ]);
  expect(addressBy(['loopback', 'private', '0.0.0.0/0'])).toBe('');
});

test('names everything that is wrong with the list, at its place', () => {
  const list = ['loopback', '10.0.0.0/99', 'private', 'localhost', 'constructor', 3 as never];
  expect(() => resolverOf(list)).toThrow(
    /trustedProxies\[1\].*trustedProxies\[3\].*trustedProxies\[4\].*trustedProxies\[5\] must be .* got 3/,
  );
});

test.each([true, -1, 1.5, Infinity, Number.NaN, 'loopback', {}])('refuses %j', (option) => {
  expect(() => resolverOf(option as never)).toThrow(OptionsError);
});

const chainOf: Readonly<Record<ForwardedFamily, (addresses: readonly string[]) => string[]>> = {
  'x-forwarded': (addresses) => ['X-Forwarded-For', addresses.join(', ')],
  rfc7239: (addresses) => [
    'Forwarded',
    addresses.map((address) => formatForwarded({ for: formatNode(address) })).join(', '),
  ],
};

test.each(['x-forwarded', 'rfc7239'] as const)(
  'nothing a client writes changes what trusted proxies add: %s',
  (family) => {
    const resolve = resolverOf(['10.0.0.0/8'], family);
    const lie = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('"', '\\', ',', ';', '=', 'for=', '10.0.0.1') }),
    );
    const client = fc.oneof(fc.ipV4(), fc.ipV6()).filter((address) => !address.startsWith('10.'));
    const proxies = fc.array(
      fc.integer({ min: 1, max: 255 }).map((host) => `10.0.0.${host}`),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(lie, client, proxies, (before, address, through) => {
        const [name = '', chain = ''] = chainOf[family]([address, ...through]);
        const resolved = resolve(fromProxy, createHeaderList([name, `${before}, ${chain}`])).address;
        expect(resolved).toBe(plainAddress(address));
      }),
      { numRuns: 500 },
    );
  },
);
