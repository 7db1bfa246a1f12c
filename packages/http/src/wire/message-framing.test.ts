import { expect, test } from 'vitest';
import { httpError } from '../errors.ts';
import type { Fault } from './fault.ts';
import { isPersistent, readFraming, responseBodyKind, type MessageFraming } from './message-framing.ts';
import { WireHead } from './wire-head.ts';

const fault: Fault = (what) => httpError('SLUICE_RESPONSE_INVALID', what);

function frame(...flat: string[]): MessageFraming {
  const head = new WireHead('', [], false);
  for (let at = 0; at < flat.length; at += 2) head.append(flat[at] ?? '', flat[at + 1] ?? '');
  return readFraming(head, fault);
}

function kind(method: string, status: number, ...flat: string[]): string {
  return responseBodyKind(frame(...flat), method, status, 1, fault);
}

test('a length or the chunked coding frames a body; without them it lasts until the connection closes', () => {
  expect(kind('GET', 200, 'Content-Length', '5')).toBe('length');
  expect(kind('GET', 200, 'content-length', '0')).toBe('none');
  expect(kind('GET', 200, 'TRANSFER-ENCODING', 'Chunked')).toBe('chunked');
  expect(kind('GET', 200)).toBe('until-close');
});

test.each([
  ['HEAD', 200],
  ['GET', 204],
  ['GET', 304],
])('an answer to %s with status %i has no body, whatever its fields say', (method, status) => {
  expect(kind(method, status, 'Content-Length', '5')).toBe('none');
  expect(kind(method, status, 'Transfer-Encoding', 'chunked')).toBe('none');
  expect(kind(method, status)).toBe('none');
});

test.each(['', '-1', '+5', '5 5', '0x5', '5.0', '1e3', '5\u00a0', '\u00a05', '9999999999999999', '5,', ',5', 'five'])(
  'refuses the length %j',
  (length) => {
    expect(() => frame('Content-Length', length)).toThrow('a Content-Length that is not a number of bytes');
  },
);

test('takes lengths of 15 digits, and leading zeros', () => {
  expect(frame('Content-Length', '999999999999999').contentLength).toBe(999_999_999_999_999);
  expect(frame('Content-Length', '007').contentLength).toBe(7);
});

test('identical lengths count as one, differing ones are refused', () => {
  expect(frame('Content-Length', '5', 'Content-Length', '5')).toMatchObject({ contentLength: 5, repeatedLength: true });
  expect(frame('Content-Length', '5 ,\t5')).toMatchObject({ contentLength: 5, repeatedLength: true });
  expect(() => frame('Content-Length', '5, 6')).toThrow('differing values');
  expect(() => frame('Content-Length', '5', 'Content-Length', '6')).toThrow('differing values');
});

test.each([
  'gzip, chunked',
  'chunked, chunked',
  'identity',
  'chunked;a=b',
  'xchunked',
  '',
  'chunked\u00a0',
  '"chunked"',
])('refuses the transfer coding %j', (coding) => {
  expect(() => frame('Transfer-Encoding', coding)).toThrow('a Transfer-Encoding other than chunked');
});

test('refuses two transfer codings, and a coding with a length', () => {
  expect(() => frame('Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked')).toThrow('other than chunked');
  expect(() => frame('Transfer-Encoding', 'chunked', 'Content-Length', '5')).toThrow('both');
  expect(() => frame('Content-Length', '5', 'Transfer-Encoding', 'chunked')).toThrow('both');
});

test('HTTP/1.1 keeps the connection unless told to close it, HTTP/1.0 only when told to keep it', () => {
  expect(isPersistent(frame(), 1)).toBe(true);
  expect(isPersistent(frame('Connection', 'x, CLOSE'), 1)).toBe(false);
  expect(isPersistent(frame('Connection', 'x', 'Connection', 'close'), 1)).toBe(false);
  expect(isPersistent(frame(), 0)).toBe(false);
  expect(isPersistent(frame('Connection', 'Keep-Alive'), 0)).toBe(true);
  expect(isPersistent(frame('Connection', 'keep-alive, close'), 0)).toBe(false);
});

test.each([
  ['timeout=5', 5_000],
  ['max=100, Timeout = 7', 7_000],
  ['timeout=0', 0],
  ['timeout=x', undefined],
  ['timeout', undefined],
  ['timeoutx=5', undefined],
])('reads the idle time of Keep-Alive: %s', (value, idleTimeoutMs) => {
  expect(frame('Keep-Alive', value).idleTimeoutMs).toBe(idleTimeoutMs);
});
