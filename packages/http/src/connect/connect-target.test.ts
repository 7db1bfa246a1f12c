import fc from 'fast-check';
import { isIP } from 'node:net';
import { expect, test } from 'vitest';
import { parseConnectTarget } from './connect-target.ts';

test.each([
  ['Example.COM:443', 'example.com:443', 'example.com', 443],
  ['example.com.:80', 'example.com:80', 'example.com', 80],
  ['a_b.internal:65535', 'a_b.internal:65535', 'a_b.internal', 65_535],
  ['192.0.2.1:22', '192.0.2.1:22', '192.0.2.1', 22],
  ['[2001:DB8:0:0::1]:80', '[2001:db8::1]:80', '2001:db8::1', 80],
  ['[::ffff:127.0.0.1]:80', '[::ffff:7f00:1]:80', '::ffff:7f00:1', 80],
])('brings %s into the form %s', (text, href, host, port) => {
  expect(parseConnectTarget(text)).toMatchObject({ href, host, port, secure: false });
});

test.each([
  ['a port is missing', 'example.com'],
  ['a port is empty', 'example.com:'],
  ['a port is 0', 'a:0'],
  ['a port is too high', 'a:65536'],
  ['a port has a zero in front', 'a:080'],
  ['a port has a sign', 'a:+80'],
  ['there is userinfo', 'user@a:80'],
  ['there is userinfo with a port', 'user:1@a:80'],
  ['there are two ports', 'a:80:443'],
  ['there is a path', 'a:80/x'],
  ['there is a query', 'a?:80'],
  ['it is a URL', 'http://a:80'],
  ['there is no host', ':80'],
  ['an IPv6 address has no brackets', '::1:80'],
  ['an IPv6 address has a zone', '[fe80::1%25eth0]:80'],
  ['brackets hold no IPv6 address', '[127.0.0.1]:80'],
  ['a resolver would read an address: two parts', '127.1:80'],
  ['a resolver would read an address: one number', '2130706433:80'],
  ['a resolver would read an address: hexadecimal', '0x7f000001:80'],
  ['a resolver would read an address: octal', '0177.0.0.1:80'],
  ['a resolver would read an address: a final dot', '127.0.0.1.:80'],
  ['a percent hides a character', 'a%2eb:80'],
  ['there is a wildcard', '*.example.com:80'],
  ['a label is empty', 'a..b:80'],
  ['letters are beyond ASCII', 'b\u00fccher.example:80'],
  ['there is white space', 'a :80'],
  ['there is a NUL', 'a\u0000:80'],
])('is refused when %s', (_why, text) => {
  expect(parseConnectTarget(text)).toBeUndefined();
});

test('whatever comes, what is accepted is a host and a port that read the same again', () => {
  const piece = fc.constantFrom(
    'a',
    'B',
    '0',
    '1',
    '255',
    '0x',
    '.',
    '-',
    '_',
    ':',
    '[',
    ']',
    '@',
    '/',
    '%',
    '::',
    '443',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    fc
      .tuple(
        fc.oneof(
          fc.domain(),
          fc.ipV4(),
          fc.ipV6().map((address) => `[${address}]`),
        ),
        fc.nat(70_000),
      )
      .map(([host, port]) => `${host}:${port}`),
  );
  fc.assert(
    fc.property(text, (target) => {
      const parsed = parseConnectTarget(target);
      if (parsed === undefined) return;
      const { host, port, href } = parsed;
      expect(href).toBe(`${isIP(host) === 6 ? `[${host}]` : host}:${port}`);
      expect(isIP(host) !== 0 || /^[\w-]+(?:\.[\w-]+)*$/.test(host)).toBe(true);
      expect(host).toBe(host.toLowerCase());
      expect(parseConnectTarget(href)).toEqual(parsed);
    }),
  );
});
