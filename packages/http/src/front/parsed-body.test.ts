import { expect, test } from 'vitest';
import { readBody } from '../body/read-body.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { parsedBody } from './parsed-body.ts';

async function resent(body: unknown, type: string): Promise<string> {
  const made = parsedBody(body, createHeaderList(['Content-Type', type]));
  return (await readBody(made, 10_000)).toString();
}

test('makes JSON again, also for the types that end in +json', async () => {
  expect(await resent({ a: [1, 'ü'] }, 'application/json; charset=utf-8')).toBe('{"a":[1,"ü"]}');
  expect(await resent([1], 'application/vnd.api+json')).toBe('[1]');
});

test('sends text and bytes as they are', async () => {
  expect(await resent('plain', 'text/plain')).toBe('plain');
  expect(await resent(Buffer.from('raw'), 'image/png')).toBe('raw');
});

test('makes forms again, nested ones included', async () => {
  const form = { a: '1', b: ['2', '3'], c: { d: 'x&y' }, e: [{ f: '4' }] };
  expect(decodeURIComponent(await resent(form, 'application/x-www-form-urlencoded'))).toBe(
    'a=1&b=2&b=3&c[d]=x&y&e[0][f]=4',
  );
});

test('drops Content-Encoding, which the parser has undone', () => {
  const headers = createHeaderList(['Content-Type', 'text/plain', 'Content-Encoding', 'gzip']);
  parsedBody('x', headers);
  expect(headers.has('content-encoding')).toBe(false);
});

test.each([
  [undefined, 'application/json'],
  [undefined, 'text/plain'],
  [{ files: 1 }, 'multipart/form-data'],
])('refuses at once what can not be made again: %j as %s', (body, type) => {
  const headers = createHeaderList(['Content-Type', type]);
  expect(() => parsedBody(body, headers)).toThrow('mount the proxy before the body parser');
});
