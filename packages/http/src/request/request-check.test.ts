import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isProxyError } from '@sluice/core';
import { emptyBody } from '../body/body.ts';
import type { ExchangeRequest } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { checkRequest } from './request-check.ts';

function request(
  parts: Partial<Omit<ExchangeRequest, 'headers'>>,
  fields: readonly string[] = ['Host', 'a.example'],
): ExchangeRequest {
  return {
    method: 'GET',
    target: '/',
    version: '1.1',
    body: emptyBody,
    expectContinue: false,
    upgrade: undefined,
    headers: createHeaderList(fields),
    ...parts,
  };
}

function codeOf(checked: ExchangeRequest): string {
  try {
    checkRequest(checked);
    return 'accepted';
  } catch (error) {
    return isProxyError(error) ? error.code : String(error);
  }
}

const ambiguousFraming: Record<string, readonly string[]> = {
  'Content-Length with Transfer-Encoding': ['Content-Length', '5', 'Transfer-Encoding', 'chunked'],
  'two lengths': ['Content-Length', '5', 'Content-Length', '5'],
  'a list of lengths': ['Content-Length', '5, 5'],
  'a signed length': ['Content-Length', '+5'],
  'a hexadecimal length': ['Content-Length', '0x5'],
  'an empty length': ['Content-Length', ''],
  'a length past 2^53': ['Content-Length', '99999999999999999999'],
  'a coding before chunked': ['Transfer-Encoding', 'gzip, chunked'],
  'chunked that is not final': ['Transfer-Encoding', 'chunked, identity'],
  'chunked twice': ['Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'],
  'a disguised chunked': ['Transfer-Encoding', 'xchunked'],
};

test.each(Object.entries(ambiguousFraming))('refuses %s', (_title, fields) => {
  expect(codeOf(request({ method: 'POST' }, ['Host', 'a.example', ...fields]))).toBe('SLUICE_FRAMING_INVALID');
});

test('accepts one length and one chunked', () => {
  expect(codeOf(request({ method: 'POST' }, ['Host', 'a', 'Content-Length', '5']))).toBe('accepted');
  expect(codeOf(request({ method: 'POST' }, ['Host', 'a', 'Transfer-Encoding', 'Chunked']))).toBe('accepted');
});

test('refuses Transfer-Encoding in HTTP/1.0', () => {
  const fields = ['Host', 'a', 'Transfer-Encoding', 'chunked'];
  expect(codeOf(request({ method: 'POST', version: '1.0' }, fields))).toBe('SLUICE_FRAMING_INVALID');
});

test('wants exactly one Host in HTTP/1.1 and at most one in HTTP/1.0', () => {
  expect(codeOf(request({}, []))).toBe('SLUICE_FRAMING_INVALID');
  expect(codeOf(request({ version: '1.0' }, []))).toBe('accepted');
  expect(codeOf(request({}, ['Host', 'a', 'host', 'a']))).toBe('SLUICE_FRAMING_INVALID');
});

test.each(['a b', 'a/b', 'a@b', 'a?b', 'a,b', 'a#b', 'a\\b', 'a<b', 'a:b', 'a:80:81', '::1', '[::1'])(
  'refuses the host %s',
  (host) => {
    expect(codeOf(request({}, ['Host', host]))).toBe('SLUICE_FRAMING_INVALID');
  },
);

test.each(['a.example', 'a.example:8080', '[::1]:80', '127.0.0.1', 'xn--bcher-kva.example', ''])(
  'accepts the host "%s"',
  (host) => {
    expect(codeOf(request({}, ['Host', host]))).toBe('accepted');
  },
);

test('leaves a path verbatim', () => {
  const checked = request({ target: '/a/./b//c%2fd/../e%7e?x=%41' });
  checkRequest(checked);
  expect(checked.target).toBe('/a/./b//c%2fd/../e%7e?x=%41');
});

test.each([
  ['http://b.example/path?q', 'b.example', '/path?q'],
  ['http://b.example:81', 'b.example:81', '/'],
  ['HTTPS://b.example?q', 'b.example', '/?q'],
])('brings %s into origin form, and its authority wins over Host', (target, host, path) => {
  const checked = request({ target });
  checkRequest(checked);
  expect([checked.headers.getAll('host'), checked.target]).toEqual([[host], path]);
});

test('an absolute-form OPTIONS without a path means the server as a whole', () => {
  const checked = request({ method: 'OPTIONS', target: 'http://b.example' });
  checkRequest(checked);
  expect(checked.target).toBe('*');
});

test.each([
  '',
  'a',
  '*',
  '/a#b',
  'http://a#b',
  'http://a/b#c',
  'ftp://a/',
  'http://',
  'http:///x',
  'http://u@b/',
  'http://a:b/',
  'http://:80/',
  '/a b',
  '/a\tb',
  '/\u0000',
])('refuses the target "%s"', (target) => {
  expect(codeOf(request({ target }))).toBe('SLUICE_TARGET_INVALID');
});

test('refuses a method that is not a token', () => {
  expect(codeOf(request({ method: 'GE T' }))).toBe('SLUICE_FRAMING_INVALID');
});

test('answers any target with a verdict, and what it accepts starts with a slash', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (target) => {
      const checked = request({ target });
      const verdict = codeOf(checked);
      expect(verdict === 'accepted' ? checked.target[0] : verdict).toMatch(/^\/$|^SLUICE_TARGET_INVALID$/);
    }),
  );
});
