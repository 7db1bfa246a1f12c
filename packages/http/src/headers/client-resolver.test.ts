import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createClientResolver, type TrustedProxiesOption } from './client-resolver.ts';
import { createHeaderList } from './header-list.ts';

const fromProxy = { remoteAddress: '10.0.0.2', remotePort: 4000, localPort: 80, secure: false };

function clientOf(option: TrustedProxiesOption, ...fields: string[]) {
  return createClientResolver(option)(fromProxy, createHeaderList(['Host', 'shop.example', ...fields]));
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

test('does not believe a peer outside the list', () => {
  expect(clientOf(['192.168.0.0/16'], 'X-Forwarded-For', '1.1.1.1')).toMatchObject({
    address: '10.0.0.2',
    trusted: false,
  });
});

test('counts hops', () => {
  expect(clientOf(1, 'X-Forwarded-For', '6.6.6.6, 1.1.1.1').address).toBe('1.1.1.1');
  expect(clientOf(2, 'X-Forwarded-For', '6.6.6.6, 1.1.1.1').address).toBe('6.6.6.6');
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
});

test('reads Forwarded with port, protocol and host, and prefers it', () => {
  const forwarded = 'for="[2001:db8::1]:4711";proto=HTTPS;host=www.example';
  expect(clientOf(['private'], 'Forwarded', forwarded, 'X-Forwarded-For', '1.1.1.1')).toEqual({
    address: '2001:db8::1',
    port: 4711,
    protocol: 'https',
    host: 'www.example',
    trusted: true,
  });
});

test('an IPv4 client on an IPv6 socket is that IPv4 client', () => {
  const resolve = createClientResolver(['127.0.0.1']);
  const connection = { ...fromProxy, remoteAddress: '::ffff:127.0.0.1' };
  expect(resolve(connection, createHeaderList(['X-Forwarded-For', '1.1.1.1'])).address).toBe('1.1.1.1');
});

test('names every wrong address of the list', () => {
  expect(() => createClientResolver(['10.0.0.0/99', 'localhost'])).toThrow(/\[0\].*\[1\]/);
});

test('finds some client in any header', () => {
  const resolve = createClientResolver(['10.0.0.0/8']);
  fc.assert(
    fc.property(fc.constantFrom('X-Forwarded-For', 'Forwarded'), fc.string(), (name, value) => {
      expect(resolve(fromProxy, createHeaderList([name, value])).address).not.toBe('');
    }),
  );
});
