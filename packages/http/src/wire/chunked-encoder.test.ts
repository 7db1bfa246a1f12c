import { expect, test } from 'vitest';
import { createHeaderList } from '../headers/header-list.ts';
import { formatChunkStart, formatLastChunk } from './chunked-encoder.ts';

test('writes sizes in hexadecimal', () => {
  expect([formatChunkStart(1), formatChunkStart(255), formatChunkStart(65_536)]).toEqual([
    '1\r\n',
    'ff\r\n',
    '10000\r\n',
  ]);
});

test('ends with the trailers, without those that must not come late', () => {
  expect(formatLastChunk(undefined)).toBe('0\r\n\r\n');
  expect(formatLastChunk(createHeaderList(['X-Sum', '1', 'Transfer-Encoding', 'chunked', 'Authorization', 'x']))).toBe(
    '0\r\nX-Sum: 1\r\n\r\n',
  );
});

test('refuses a trailer that would end its line early', () => {
  expect(() => formatLastChunk(createHeaderList(['X', 'a\r\nY: b']))).toThrow('must not be sent');
});
