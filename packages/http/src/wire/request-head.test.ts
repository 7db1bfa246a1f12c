import { expect, test } from 'vitest';
import { createHeaderList } from '../headers/header-list.ts';
import { formatRequestHead, type RequestHead } from './request-head.ts';

function format(parts: Partial<Omit<RequestHead, 'headers'>> & { readonly fields?: readonly string[] }): string {
  return formatRequestHead({
    method: 'GET',
    target: '/',
    bodySize: 0,
    expectContinue: false,
    upgrade: undefined,
    last: false,
    ...parts,
    headers: createHeaderList(parts.fields ?? ['Host', 'a']),
  });
}

test('writes the target as it is, and the fields with order, case and duplicates', () => {
  expect(format({ target: '/a/./b//c%2fd/../e%7e?x=%41', fields: ['host', 'a', 'X-B', '1', 'x-b', '2'] })).toBe(
    'GET /a/./b//c%2fd/../e%7e?x=%41 HTTP/1.1\r\nhost: a\r\nX-B: 1\r\nx-b: 2\r\n\r\n',
  );
});

test.each([
  [{ bodySize: 5 }, 'Content-Length: 5\r\n'],
  [{ bodySize: undefined }, 'Transfer-Encoding: chunked\r\n'],
  [{ method: 'POST' }, 'Content-Length: 0\r\n'],
  [{ method: 'DELETE' }, ''],
  [{ last: true }, 'Connection: close\r\n'],
  [{ upgrade: 'websocket', last: true }, 'Connection: Upgrade\r\nUpgrade: websocket\r\n'],
  [{ bodySize: 5, expectContinue: true }, 'Content-Length: 5\r\nExpect: 100-continue\r\n'],
])('decides on framing and connection by itself: %j', (parts, lines) => {
  const { method = 'GET' } = parts as { method?: string };
  expect(format(parts)).toBe(`${method} / HTTP/1.1\r\nHost: a\r\n${lines}\r\n`);
});

test('drops fields that would contradict it', () => {
  const names = [
    'Content-Length',
    'Transfer-Encoding',
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'TE',
    'Upgrade',
    'Expect',
  ];
  const fields = names.flatMap((name) => [name, '1', name.toUpperCase(), '2']);
  expect(format({ fields: ['Host', 'a', ...fields] })).toBe('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
});

test('announces trailers only with the chunked coding', () => {
  expect(format({ bodySize: 5, fields: ['Trailer', 'X'] })).not.toContain('Trailer');
  expect(format({ bodySize: undefined, fields: ['Trailer', 'X'] })).toContain('Trailer: X\r\n');
});

test.each(['', '/a b', '/a\r\nX: y', '/a\nb', '/a\u0000', '/a\u007f', '/snow☃', '/Ċ'])(
  'refuses the target %j',
  (target) => {
    expect(() => format({ target })).toThrow('a request target with a character that must not be sent');
  },
);

test.each(['', 'GET /evil HTTP/1.1\r\nX:', 'G ET', 'GÉT'])('refuses the method %j', (method) => {
  expect(() => format({ method })).toThrow('a request method that is not a token');
});

test.each([
  ['X', 'a\r\nEvil: 1'],
  ['X', 'a\nb'],
  ['X', 'a\u0000b'],
  // Written as Latin-1, this character would become a line feed.
  ['X', 'aĊb'],
  ['X: y\r\nEvil', '1'],
  ['', 'a'],
])('refuses a field that would end its line early: %j %j', (name, value) => {
  expect(() => format({ fields: [name, value] })).toThrow(/must not be sent|is not a field name/);
});

test('offers no protocols that would end their line early', () => {
  expect(() => format({ upgrade: 'websocket\r\nEvil: 1' })).toThrow('must not be sent');
});

test('writes bytes from 0x80 as they are', () => {
  expect(format({ target: '/\u00e9', fields: ['X', '\u0080\u00ff'] })).toBe(
    'GET /\u00e9 HTTP/1.1\r\nX: \u0080\u00ff\r\n\r\n',
  );
});
