import { expect, test } from 'vitest';
import { createHeaderList } from './header-list.ts';
import { removeHopByHop } from './hop-by-hop.ts';

function namesLeft(...flat: string[]): string[] {
  const headers = createHeaderList(flat);
  removeHopByHop(headers);
  return headers.toFlat().filter((_, index) => index % 2 === 0);
}

test('removes the fixed hop-by-hop fields', () => {
  const fixed = [
    'Connection',
    'Keep-Alive',
    'Proxy-Connection',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'TE',
    'Transfer-Encoding',
    'Upgrade',
    'HTTP2-Settings',
  ];
  expect(namesLeft('Accept', '*/*', ...fixed.flatMap((name) => [name, 'x']))).toEqual(['Accept']);
});

test('removes what Connection names, over several lines', () => {
  expect(
    namesLeft('Connection', 'X-Hop, close', 'X-Hop', '1', 'X-End', '2', 'connection', 'x-other', 'X-Other', '3'),
  ).toEqual(['X-End']);
});

test('keeps the announcement of trailers, which are end-to-end', () => {
  expect(namesLeft('Trailer', 'X-Sum')).toEqual(['Trailer']);
});

test.each(['Host', 'Content-Length', 'Cookie', 'Authorization', 'X-Forwarded-For', 'Cache-Control'])(
  'does not let Connection strip %s',
  (name) => {
    expect(namesLeft('Connection', name, name, 'x')).toEqual([name]);
  },
);
