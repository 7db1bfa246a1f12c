import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeaderList } from './header-list.ts';
import { removeHopByHop } from './hop-by-hop.ts';
import type { NameSet } from './name-set.ts';

function namesLeft(...flat: string[]): string[] {
  const headers = createHeaderList(flat);
  removeHopByHop(headers);
  return headers.toFlat().filter((_, index) => index % 2 === 0);
}

const fixed = [
  'Connection',
  'Keep-Alive',
  'Proxy',
  'Proxy-Connection',
  'Proxy-Authenticate',
  'Proxy-Authentication-Info',
  'Proxy-Authorization',
  'TE',
  'Transfer-Encoding',
  'Upgrade',
  'HTTP2-Settings',
];

test.each(fixed)('removes %s', (name) => {
  expect(namesLeft('Accept', '*/*', name, 'x', 'X-Tag', '1', name.toLowerCase(), 'y')).toEqual(['Accept', 'X-Tag']);
});

test.each([
  ['X-Hop', 'alone'],
  ['close, X-Hop', 'behind an option'],
  ['x-hop,Upgrade', 'in another letter case'],
  [' ,\tX-HOP ,', 'between empty items'],
])('removes what "Connection: %s" names, %s', (connection) => {
  expect(namesLeft('Connection', connection, 'X-Hop', '1', 'X-End', '2', 'x-hop', '3')).toEqual(['X-End']);
});

test('removes what any line of Connection names', () => {
  expect(
    namesLeft('Connection', 'close', 'X-Hop', '1', 'X-End', '2', 'connection', 'x-other, X-HOP', 'X-Other', '3'),
  ).toEqual(['X-End']);
});

test('tells what Connection names, beyond what ends here anyway', () => {
  const nominated = (connection: string): NameSet | undefined =>
    removeHopByHop(createHeaderList(['Connection', connection]));
  expect([nominated('close'), nominated('upgrade, Host, te')]).toEqual([undefined, undefined]);
  const names = nominated('close, X-Hop, host');
  expect(['x-HOP', 'Host', 'close'].map((name) => names?.has(name))).toEqual([true, false, true]);
});

test('keeps the announcement of trailers, which are end-to-end', () => {
  expect(namesLeft('Trailer', 'X-Sum')).toEqual(['Trailer']);
});

test.each([
  'Host',
  'Content-Length',
  'Content-Type',
  'Trailer',
  'Cookie',
  'Set-Cookie',
  'Authorization',
  'Cache-Control',
  'Via',
  'CDN-Loop',
  'Forwarded',
  'X-Forwarded-For',
  'X-Real-IP',
  'Client-Cert',
])('does not let Connection strip %s', (name) => {
  expect(namesLeft('Connection', `close, ${name.toLowerCase()}`, name, 'x')).toEqual([name]);
});

test('takes Connection for what it is, whatever it holds', () => {
  const token = fc.constantFrom('a', 'B', 'host', 'close', 'connection', '', ' ', '"', 'x y');
  fc.assert(
    fc.property(fc.array(fc.array(token)), (lines) => {
      const connection = lines.flatMap((tokens) => ['Connection', tokens.join(',')]);
      const named = lines.flat().map((name) => name.trim().toLowerCase());
      const expected = ['A', 'b', 'Host'].filter((name) => name === 'Host' || !named.includes(name.toLowerCase()));
      expect(namesLeft('A', '1', ...connection, 'b', '2', 'Host', 'h')).toEqual(expected);
    }),
  );
});
