import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isProxyError } from '@sluice/core';
import { httpError } from '../errors.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { chunkEnd, formatChunkStart, formatLastChunk } from './chunked-encoder.ts';

const limits = { maxBytes: 500, maxFields: 5 };

interface Decoded {
  readonly data: string;
  readonly trailers: readonly string[] | undefined;
  readonly rest: string;
  readonly complete: boolean;
}

/** Decodes bytes that arrive in pieces, each in memory of its own that is overwritten afterwards. */
function decode(text: string, cuts: readonly number[] = []): Decoded {
  const decoder = new ChunkedDecoder(limits, (what) => httpError('SLUICE_RESPONSE_CUT', what));
  decoder.begin();
  const bytes = Buffer.from(text, 'latin1');
  const edges = [0, ...new Set(cuts), bytes.length].toSorted((a, b) => a - b);
  let data = '';
  for (let index = 1; index < edges.length; index++) {
    const start = edges[index - 1] ?? 0;
    const piece = Buffer.from(bytes.subarray(start, edges[index]));
    for (let at = 0; at < piece.length && !decoder.complete; at = decoder.position) {
      if (decoder.read(piece, at, piece.length)) data += piece.toString('latin1', decoder.dataStart, decoder.dataEnd);
    }
    piece.fill(0);
    if (decoder.complete) {
      const rest = text.slice(start + decoder.position);
      return { data, trailers: decoder.trailers?.toFlat(), rest, complete: true };
    }
  }
  return { data, trailers: undefined, rest: '', complete: false };
}

function refusal(text: string, cuts: readonly number[] = []): string {
  try {
    decode(text, cuts);
  } catch (error) {
    if (isProxyError(error)) return error.message;
    throw error;
  }
  return 'nothing';
}

test('decodes chunks, drops extensions, and leaves alone what stands behind', () => {
  const text = '5\r\nhello\r\n00A;a=b ; c="d"\r\n 0123\r\n890\r\n1 \t;x\r\n!\r\n0;last\r\n\r\nHTTP/1.1';
  for (let cut = 0; cut <= text.length; cut++) {
    expect(decode(text, [cut])).toEqual({
      data: 'hello 0123\r\n890!',
      trailers: undefined,
      rest: 'HTTP/1.1',
      complete: true,
    });
  }
});

test('reads trailers and drops those that must not come late', () => {
  const text = '0\r\nX-Sum: 1\r\nContent-Length: 5\r\nHOST: evil\r\nX-Forwarded-For: 1.2.3.4\r\nx-sum: 2\r\n\r\n';
  for (let cut = 0; cut <= text.length; cut++)
    expect(decode(text, [cut]).trailers).toEqual(['X-Sum', '1', 'x-sum', '2']);
  expect(decode('0\r\nHost: a\r\n\r\n').trailers).toBeUndefined();
});

test('is not complete before its last line break', () => {
  const text = '1\r\na\r\n0\r\nA: b\r\n\r\n';
  for (let end = 0; end < text.length; end++) expect(decode(text.slice(0, end)).complete).toBe(false);
});

test.each([
  ['a chunk without a size', '\r\n'],
  ['a chunk without a size', ';a\r\n'],
  ['a chunk without a size', ' 5\r\nhello\r\n'],
  ['a chunk without a size', 'g\r\n'],
  ['a chunk without a size', '-1\r\n'],
  ['a chunk without a size', '1\r\na\r\n\r\n'],
  ['a malformed chunk size', '0x5\r\nhello\r\n'],
  ['a malformed chunk size', '5 5\r\nhello\r\n'],
  ['a malformed chunk size', '5 \r\nhello\r\n'],
  ['a malformed chunk size', '5\nhello\r\n'],
  ['a malformed chunk size', '5,\r\nhello\r\n'],
  ['a bare CR behind a chunk size', '5\rhello\r\n'],
  ['a control character or an open quote in a chunk extension', '5;a\nhello\r\n'],
  ['a control character or an open quote in a chunk extension', '5;a\u0000\r\nhello\r\n'],
  ['a control character or an open quote in a chunk extension', '5;a="b\r\nhello\r\n'],
  ['a control character or an open quote in a chunk extension', '5;a="b\\"\r\nhello\r\n'],
  ['a chunk that is longer than its size', '5\r\nhello!\r\n'],
  ['a chunk that is longer than its size', '5\r\nhello\n0\r\n'],
  ['a chunk that is longer than its size', '5\r\nhello\rX'],
  ['a chunk size that is too large', '20000000000000\r\n'],
  ['a chunk size that is too large', 'fffffffffffffffff\r\n'],
  ['a chunk size that is too large', '00000000000000005\r\nhello\r\n'],
  ['too many bytes of chunk extensions', `1;${'x'.repeat(17_000)}\r\n`],
  ['too many bytes of chunk extensions', `1${' '.repeat(17_000)};\r\n`],
  ['too many bytes of chunk extensions', `1;${'x'.repeat(100)}\r\na\r\n`.repeat(200)],
  ['a folded field line', '0\r\n A: b\r\n\r\n'],
  ['white space in a field name or before its colon', '0\r\nA : b\r\n\r\n'],
  ['more than 5 field lines', `0\r\n${'A: b\r\n'.repeat(6)}\r\n`],
  ['more than 500 bytes of fields', `0\r\nA: ${'x'.repeat(500)}\r\n\r\n`],
])('refuses %s', (what, text) => {
  expect(refusal(text)).toBe(what);
  for (let cut = 1; cut < Math.min(text.length, 30); cut++) expect(refusal(text, [cut])).toBe(what);
});

test('takes a size of 2^53 - 1', () => {
  expect(refusal('1fffffffffffff\r\n')).toBe('nothing');
});

test('takes any number of bytes of extensions beside enough data', () => {
  const text = `${`${formatChunkStart(200).slice(0, -2)};signature=${'x'.repeat(64)}\r\n${'d'.repeat(200)}\r\n`.repeat(400)}0\r\n\r\n`;
  expect(decode(text).complete).toBe(true);
});

test('the data of small chunks comes in one piece, that of large ones stays where it is', () => {
  const decoder = new ChunkedDecoder(limits, (what) => httpError('SLUICE_RESPONSE_CUT', what));
  const pieces = (text: string): string[] => {
    decoder.begin();
    const bytes = Buffer.from(text);
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at = decoder.position) {
      if (decoder.read(bytes, at, bytes.length))
        found.push(bytes.toString('latin1', decoder.dataStart, decoder.dataEnd));
    }
    return found;
  };
  expect(pieces(`${'1;x\r\na\r\n'.repeat(1000)}0\r\n\r\n`)).toEqual(['a'.repeat(1000)]);
  const large = `1000\r\n${'x'.repeat(4096)}\r\n`;
  expect(pieces(`${large}1\r\na\r\n${large}`).map(({ length }) => length)).toEqual([4097, 4096]);
});

test('the data in front of a fault is not lost', () => {
  const decoder = new ChunkedDecoder(limits, (what) => httpError('SLUICE_RESPONSE_CUT', what));
  decoder.begin();
  const bytes = Buffer.from('2\r\nab\r\n2\r\ncd\r\nx');
  expect(decoder.read(bytes, 0, bytes.length)).toBe(true);
  expect(bytes.toString('latin1', decoder.dataStart, decoder.dataEnd)).toBe('abcd');
  expect(() => decoder.read(bytes, decoder.position, bytes.length)).toThrow('a chunk without a size');
});

test('starts anew for the next body', () => {
  const decoder = new ChunkedDecoder(limits, (what) => httpError('SLUICE_RESPONSE_CUT', what));
  for (const text of ['0\r\nA: b\r\n\r\n', '0\r\n\r\n']) {
    decoder.begin();
    expect([decoder.complete, decoder.trailers]).toEqual([false, undefined]);
    const bytes = Buffer.from(text);
    decoder.read(bytes, 0, bytes.length);
    expect(decoder.complete).toBe(true);
  }
  expect(decoder.trailers).toBeUndefined();
});

test('what was encoded is decoded, wherever the bytes are cut', () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  fc.assert(
    fc.property(
      fc.array(chunk),
      fc.option(fc.constant(['X-A', '1'])),
      fc.array(fc.nat(300)),
      (chunks, fields, cuts) => {
        const trailers = fields === null ? undefined : createHeaderList(fields);
        const text =
          chunks.map((data) => formatChunkStart(data.length) + data + chunkEnd).join('') + formatLastChunk(trailers);
        const inside = cuts.filter((cut) => cut > 0 && cut < text.length);
        expect(decode(`${text}rest`, inside)).toEqual({
          data: chunks.join(''),
          trailers: fields ?? undefined,
          rest: 'rest',
          complete: true,
        });
      },
    ),
  );
});

test('garbage is refused or waited for, the same wherever the bytes are cut', () => {
  const almost = fc.stringMatching(/^[0-9a-f;\r\n :Ax]{0,60}$/);
  fc.assert(
    fc.property(almost, fc.nat(60), (text, cut) => {
      expect(refusal(text, [Math.min(cut, text.length)])).toBe(refusal(text));
    }),
  );
});
