import { isProxyError } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRequestFraming, RequestHeadReader, type RequestFraming, type RequestHead } from './request-head-reader.ts';

const limits = { maxBytes: 1_000, maxFields: 20, maxTargetBytes: 200 };

interface Read {
  readonly head: RequestHead;
  readonly framing: RequestFraming;
  readonly rest: string;
}

/** Reads the first head of bytes that arrive in two pieces, each in memory of its own that is overwritten afterwards. */
function read(text: string, cut = text.length): Read | undefined {
  const bytes = Buffer.from(text, 'latin1');
  const reader = new RequestHeadReader(limits);
  let start = 0;
  for (const end of [cut, bytes.length]) {
    const piece = Buffer.from(bytes.subarray(start, end));
    const taken = reader.read(piece, 0, piece.length);
    piece.fill(0);
    const { head } = reader;
    if (head !== undefined)
      return { head, framing: readRequestFraming(head), rest: bytes.toString('latin1', start + taken) };
    start = end;
  }
  return undefined;
}

/** The same for bytes that hold a whole head. */
function readWhole(text: string, cut?: number): Read {
  const result = read(text, cut);
  if (result === undefined) throw new Error('the head is not complete');
  return result;
}

function refusal(text: string, cut?: number): string {
  try {
    read(text, cut);
  } catch (error) {
    if (isProxyError(error)) return error.message;
    throw error;
  }
  return 'nothing';
}

/** The framing of a POST with these field lines. */
function framing(fields: string, version = '1.1'): RequestFraming {
  return readWhole(`POST / HTTP/${version}\r\nHost: a\r\n${fields}${fields === '' ? '' : '\r\n'}\r\n`).framing;
}

test('reads method, target, version, fields and what stands behind, wherever the bytes are cut', () => {
  const text = 'PROPFIND /a?\u00c4 HTTP/1.0\r\nHost: a\r\nX-Tag:  a \r\nx-tag: b\r\nContent-Length: 3\r\n\r\nabc';
  for (let cut = 0; cut <= text.length; cut++) {
    const { head, framing: found, rest } = readWhole(text, cut);
    expect([head.method, head.target, head.minor]).toEqual(['PROPFIND', '/a?\u00c4', 0]);
    expect(head.headers.toFlat()).toEqual(['Host', 'a', 'X-Tag', 'a', 'x-tag', 'b', 'Content-Length', '3']);
    expect(found).toEqual({ kind: 'length', contentLength: 3, persistent: false, upgrades: false });
    expect(rest).toBe('abc');
  }
});

test('reads one head after the other', () => {
  const reader = new RequestHeadReader(limits);
  const bytes = Buffer.from('GET /1 HTTP/1.1\r\nA: b\r\n\r\n\r\nGET /2 HTTP/1.0\r\n\r\nGET /3');
  const first = reader.read(bytes, 0, bytes.length);
  expect([reader.head?.target, reader.head?.headers.size]).toEqual(['/1', 1]);
  reader.begin();
  expect([reader.head, reader.hasBegun]).toEqual([undefined, false]);
  const second = reader.read(bytes, first, bytes.length);
  expect([reader.head?.target, reader.head?.minor, reader.head?.headers.size]).toEqual(['/2', 0, 0]);
  reader.begin();
  expect(reader.read(bytes, second, bytes.length)).toBe(bytes.length);
  expect([reader.head, reader.hasBegun]).toEqual([undefined, true]);
});

test.each<[string, Partial<RequestFraming>]>([
  ['', { kind: 'none', contentLength: undefined }],
  ['Content-Length: 0', { kind: 'none', contentLength: 0 }],
  ['Content-Length: 05', { kind: 'length', contentLength: 5 }],
  ['content-LENGTH:\t7 ', { kind: 'length', contentLength: 7 }],
  ['Content-Length: 999999999999999', { kind: 'length', contentLength: 999_999_999_999_999 }],
  ['Transfer-Encoding: Chunked', { kind: 'chunked', contentLength: undefined }],
  ['Connection: foo ,\tClose', { persistent: false }],
  ['Connection: closed', { persistent: true }],
  ['Connection: Upgrade\r\nUpgrade: websocket', { upgrades: true }],
  ['Upgrade: websocket', { upgrades: false }],
])('reads the framing of %j', (fields, expected) => {
  expect(framing(fields)).toMatchObject(expected);
});

test('HTTP/1.0 is kept alive when it asks for it, and never leaves HTTP', () => {
  expect(framing('', '1.0').persistent).toBe(false);
  expect(framing('Connection: Keep-Alive', '1.0').persistent).toBe(true);
  expect(framing('Connection: keep-alive, close', '1.0').persistent).toBe(false);
  expect(framing('Connection: upgrade', '1.0').upgrades).toBe(false);
});

test.each([
  ['both Content-Length and Transfer-Encoding', 'Content-Length: 3\r\nTransfer-Encoding: chunked'],
  ['both Content-Length and Transfer-Encoding', 'Transfer-Encoding: chunked\r\nContent-Length: 0'],
  ['differing values of Content-Length', 'Content-Length: 3\r\nContent-Length: 4'],
  ['more than one Content-Length', 'Content-Length: 3\r\nA: b\r\nContent-Length: 3'],
  ['more than one Content-Length', 'Content-Length: 0, 0'],
  ['a Content-Length that is not a number of bytes', 'Content-Length: '],
  ['a Content-Length that is not a number of bytes', 'Content-Length: ,'],
  ['a Content-Length that is not a number of bytes', 'Content-Length: +3'],
  ['a Content-Length that is not a number of bytes', 'Content-Length: -3'],
  ['a Content-Length that is not a number of bytes', 'Content-Length: 0x3'],
  ['a Content-Length that is not a number of bytes', 'Content-Length: 3.0'],
  ['a Content-Length that is not a number of bytes', 'Content-Length: 3\u00b9'],
  ['a Content-Length that is not a number of bytes', 'Content-Length: \u00a03'],
  ['a Content-Length that is not a number of bytes', 'Content-Length: 1000000000000000'],
  ['a Transfer-Encoding other than chunked', 'Transfer-Encoding: '],
  ['a Transfer-Encoding other than chunked', 'Transfer-Encoding: identity'],
  ['a Transfer-Encoding other than chunked', 'Transfer-Encoding: chunked, chunked'],
  ['a Transfer-Encoding other than chunked', 'Transfer-Encoding: chunked,'],
  ['a Transfer-Encoding other than chunked', 'Transfer-Encoding: chunked;q=1'],
  ['a Transfer-Encoding other than chunked', 'Transfer-Encoding: \u00a0chunked'],
  ['a Transfer-Encoding other than chunked', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
])('refuses %s: %j', (what, fields) => {
  const text = `POST / HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n`;
  for (let cut = 0; cut <= text.length; cut += 3) expect(refusal(text, cut)).toBe(`the request has ${what}`);
});

test('refuses Transfer-Encoding in HTTP/1.0', () => {
  expect(refusal('POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n')).toContain('Transfer-Encoding in HTTP/1.0');
});

test('reads well-formed heads as they were written', () => {
  const method = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
  const target = fc.stringMatching(/^\/[!-~\u0080-\u00ff]{0,20}$/);
  const name = fc.stringMatching(/^X[!#$%&'*+.^_`|~0-9A-Za-z-]{0,8}$/);
  const value = fc.stringMatching(/^([!-~\u0080-\u00ff]([\t -~\u0080-\u00ff]{0,10}[!-~\u0080-\u00ff])?)?$/);
  const lines = fc.array(fc.tuple(name, value), { maxLength: 6 });
  fc.assert(
    fc.property(method, target, fc.nat(1), lines, fc.nat(200), (verb, path, minor, all, cut) => {
      const fields = all.map(([key, item]) => `${key}: ${item}\r\n`).join('');
      const text = `${verb} ${path} HTTP/1.${minor}\r\n${fields}\r\n`;
      const { head } = readWhole(text, Math.min(cut, text.length));
      expect([head.method, head.target, head.minor, ...head.headers.toFlat()]).toEqual([
        verb,
        path,
        minor,
        ...all.flat(),
      ]);
    }),
  );
});

test('garbage is refused or waited for, the same wherever it is cut, and never anything else', () => {
  const noise = fc.uint8Array({ maxLength: 200 });
  const start = fc.constantFrom('GET / HTTP/1.1\r\n', 'POST /a HTTP/1.0\r\nContent-Length: ', 'PUT /');
  const bytes = fc.oneof(
    noise,
    fc.tuple(start, noise).map(([text, tail]) => Buffer.concat([Buffer.from(text), tail])),
  );
  fc.assert(
    fc.property(bytes, fc.nat(200), (content, cut) => {
      const text = Buffer.from(content).toString('latin1');
      expect(refusal(text, Math.min(cut, text.length))).toBe(refusal(text));
    }),
  );
});
