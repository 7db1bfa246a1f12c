import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OptionsError } from '../options/options-error.ts';
import { parseEndpointAddress, type EndpointAddress } from './endpoint-address.ts';

const tcp = { kind: 'tcp', secure: false } as const;

/** The address; `undefined` when it is refused. */
function addressOf(text: string): EndpointAddress | undefined {
  try {
    return parseEndpointAddress(text);
  } catch (error) {
    if (error instanceof OptionsError) return undefined;
    throw error;
  }
}

function againOf(text: string): EndpointAddress | undefined {
  const address = addressOf(text);
  return address && parseEndpointAddress(address.href);
}

describe('endpoint addresses', () => {
  test.each([
    ['http://a.example:8000', { ...tcp, host: 'a.example', port: 8000, authority: 'a.example:8000' }],
    ['http://a.example', { ...tcp, host: 'a.example', port: 80, authority: 'a.example', href: 'http://a.example:80' }],
    ['HTTP://A.Example:080/', { ...tcp, host: 'a.example', port: 80, href: 'http://a.example:80' }],
    ['https://a.example', { ...tcp, secure: true, port: 443, authority: 'a.example', href: 'https://a.example:443' }],
    ['https://a.example:8443', { ...tcp, secure: true, port: 8443, authority: 'a.example:8443' }],
    ['https://a.example:80', { ...tcp, secure: true, port: 80, authority: 'a.example:80' }],
    ['localhost:3000', { ...tcp, host: 'localhost', port: 3000, authority: 'localhost:3000', href: 'localhost:3000' }],
    ['127.0.0.1:80', { ...tcp, host: '127.0.0.1', port: 80, authority: '127.0.0.1', href: '127.0.0.1:80' }],
    ['[::1]:25', { ...tcp, host: '::1', port: 25, authority: '[::1]:25', href: '[::1]:25' }],
    ['http://[2001:DB8::1]', { ...tcp, host: '2001:db8::1', port: 80, authority: '[2001:db8::1]' }],
    ['unix:/run/app.sock', { kind: 'unix', path: '/run/app.sock', secure: false, authority: 'localhost' }],
  ])('%s is one', (text, expected) => {
    expect(parseEndpointAddress(text)).toMatchObject(expected);
  });

  test.each([
    ['', 'empty'],
    ['a.example', 'without a port'],
    ['a.example:', 'with an empty port'],
    ['a.example:0', 'with port 0'],
    ['a.example:65536', 'with a port that is too high'],
    [':80', 'without a host'],
    ['::1:80', 'IPv6 without brackets'],
    ['ftp://a.example', 'of another scheme'],
    ['http://', 'without anything'],
    ['http://a.example/path', 'with a path'],
    ['a.example:80/', 'with a path and no scheme'],
    ['http://a.example?query', 'with a query'],
    ['http://a.example?', 'with an empty query'],
    ['http://a.example#part', 'with a fragment'],
    ['http://user:secret@a.example', 'with credentials'],
    ['http://@a.example', 'with empty credentials'],
    ['http://a.example\\@evil.example', 'with a backslash'],
    ['http://a.exa\tmple', 'with a tab'],
    ['http://a.example \n', 'with white space at the end'],
    ['unix:run/app.sock', 'with a relative path'],
    ['unix:', 'without a path'],
  ])('%j (%s) is none', (text) => {
    expect(() => parseEndpointAddress(text)).toThrow(OptionsError);
  });

  test('parsing its href gives the same address again', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
    );
    const port = fc.integer({ min: 1, max: 65_535 });
    const text = fc.oneof(
      fc
        .tuple(fc.constantFrom('http://', 'https://', ''), host, port)
        .map(([scheme, name, number]) => `${scheme}${name}:${number}`),
      fc.tuple(fc.constantFrom('http://', 'https://'), host).map(([scheme, name]) => scheme + name),
    );
    fc.assert(
      fc.property(text, (each) => {
        const address = parseEndpointAddress(each);
        expect(parseEndpointAddress(address.href)).toEqual(address);
      }),
    );
  });

  test('throws nothing but an OptionsError, and what it accepts is stable', () => {
    const pieces = fc.constantFrom(
      'http://',
      'https://',
      'unix:',
      '/',
      ':',
      '[',
      ']',
      '::1',
      'a',
      '80',
      '@',
      '?',
      '#',
      '%41',
      '.',
      '\\',
      'é',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.array(pieces, { maxLength: 8 }).map((list) => list.join('')),
    );
    fc.assert(
      fc.property(text, (each) => {
        expect(againOf(each)).toEqual(addressOf(each));
      }),
      { numRuns: 2000 },
    );
  });
});
