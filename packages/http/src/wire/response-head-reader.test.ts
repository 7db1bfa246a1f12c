import fc from 'fast-check';
import { request, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { isProxyError } from '@sluice/core';
import { httpError } from '../errors.ts';
import { ResponseHeadReader, type ResponseFraming, type ResponseHead } from './response-head-reader.ts';

const limits = { maxBytes: 2_000, maxFields: 50 };

function createReader(): ResponseHeadReader {
  const reader = new ResponseHeadReader(limits, (what) => httpError('SLUICE_RESPONSE_INVALID', what));
  reader.begin();
  return reader;
}

interface Read {
  readonly head: ResponseHead;
  readonly framing: ResponseFraming;
  readonly rest: string;
}

/** Reads the first head of bytes that arrive in two pieces, each in memory of its own that is overwritten afterwards. */
function read(text: string, cut = text.length, method = 'GET'): Read | undefined {
  const bytes = Buffer.from(text, 'latin1');
  const reader = createReader();
  for (const [start, end] of [
    [0, cut],
    [cut, bytes.length],
  ] as const) {
    const piece = Buffer.from(bytes.subarray(start, end));
    const taken = reader.read(piece, 0, piece.length);
    const { head } = reader;
    if (head !== undefined) {
      const framing = reader.framing(head, method);
      piece.fill(0);
      return { head, framing, rest: bytes.subarray(start + taken).toString('latin1') };
    }
    piece.fill(0);
  }
  return undefined;
}

function refusal(text: string, cut?: number, method?: string): string {
  try {
    read(text, cut, method);
  } catch (error) {
    if (isProxyError(error)) return error.message;
    throw error;
  }
  return 'nothing';
}

test('reads status, reason, fields and what stands behind, wherever the bytes are cut', () => {
  const text = 'HTTP/1.1 404 Not \u00c4 Found\r\nServer: s\r\nX-Tag:  a \r\nx-tag: b\r\nContent-Length: 3\r\n\r\nabc';
  for (let cut = 0; cut <= text.length; cut++) {
    const result = read(text, cut);
    expect(result?.head.status).toBe(404);
    expect(result?.head.statusText).toBe('Not \u00c4 Found');
    expect(result?.head.headers.toFlat()).toEqual(['Server', 's', 'X-Tag', 'a', 'x-tag', 'b', 'Content-Length', '3']);
    expect(result?.rest).toBe('abc');
  }
});

test.each([
  ['HTTP/1.1 200 \r\n\r\n', ''],
  ['HTTP/1.1 200\r\n\r\n', ''],
  ['HTTP/1.1 200  two spaces\r\n\r\n', ' two spaces'],
])('reads the reason phrase of %j', (text, reason) => {
  for (let cut = 0; cut <= text.length; cut++) expect(read(text, cut)?.head.statusText).toBe(reason);
});

test.each([
  ['a status line that is not of HTTP/1', 'HTTP/2 200 OK\r\n\r\n'],
  ['a status line that is not of HTTP/1', 'SSH-2.0-OpenSSH\r\n'],
  ['a status line that is not of HTTP/1', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['a status line that is not of HTTP/1', 'http/1.1 200 OK\r\n\r\n'],
  ['a status line that is not of HTTP/1', 'GET / HTTP/1.1\r\n\r\n'],
  ['an unknown version of HTTP/1', 'HTTP/1.2 200 OK\r\n\r\n'],
  ['a malformed status line', 'HTTP/1.11 200 OK\r\n\r\n'],
  ['a status that is not three digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status that is not three digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status that is not three digits', 'HTTP/1.1 099 OK\r\n\r\n'],
  ['a status that is not three digits', 'HTTP/1.1 +20 OK\r\n\r\n'],
  ['a status that is not three digits', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['a bare LF in the status line', 'HTTP/1.1 200 OK\n\r\n'],
  ['a bare CR in the status line', 'HTTP/1.1 200 O\rK\r\n\r\n'],
  ['a bare CR in the status line', 'HTTP/1.1 200\rOK\r\n\r\n'],
  ['a NUL in the status line', 'HTTP/1.1 200 O\u0000K\r\n\r\n'],
  ['more than 2000 bytes of status line', `HTTP/1.1 200 ${'x'.repeat(2_000)}`],
  [
    'both Content-Length and Transfer-Encoding',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
  ],
  ['differing values of Content-Length', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n'],
  ['Transfer-Encoding in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
])('refuses %s: %j', (what, text) => {
  for (let cut = 0; cut <= Math.min(text.length, 80); cut++) expect(refusal(text, cut)).toBe(what);
});

test('refuses smuggling also in answers without a body', () => {
  const both = 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n';
  expect(refusal(`HTTP/1.1 200 OK\r\n${both}`, 5, 'HEAD')).toBe('both Content-Length and Transfer-Encoding');
  expect(refusal(`HTTP/1.1 304 Not Modified\r\n${both}`)).toBe('both Content-Length and Transfer-Encoding');
});

test('leaves one line of repeated lengths that agree', () => {
  const result = read('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nA: b\r\ncontent-length: 3, 3\r\n\r\nabc');
  expect(result?.framing.contentLength).toBe(3);
  expect(result?.head.headers.toFlat()).toEqual(['Content-Length', '3', 'A', 'b']);
});

test('reads interim heads and the final one, one after the other, within one limit', () => {
  const reader = createReader();
  const interim = Buffer.from('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n');
  const final = Buffer.from('HTTP/1.1 200 OK\r\n\r\n');
  expect(reader.read(interim, 0, interim.length)).toBe(interim.length);
  expect(reader.head?.status).toBe(103);
  reader.next();
  expect(reader.head).toBeUndefined();
  reader.read(final, 0, final.length);
  expect(reader.head?.status).toBe(200);
  expect(() => {
    for (let count = 0; count < 100; count++) {
      reader.next();
      reader.read(interim, 0, interim.length);
    }
  }).toThrow('more than 2000 bytes of heads');
});

test('garbage is refused or waited for, never anything else', () => {
  const noise = fc.uint8Array({ maxLength: 200 });
  const almost = fc.tuple(fc.constantFrom('HTTP/1.1 200 OK\r\n', 'HTTP/1.0 204\r\nA: b\r\n'), noise);
  const bytes = fc.oneof(
    noise,
    almost.map(([text, tail]) => Buffer.concat([Buffer.from(text), tail])),
  );
  fc.assert(
    fc.property(bytes, fc.nat(200), (content, cut) => {
      const text = Buffer.from(content).toString('latin1');
      const whole = refusal(text);
      expect(refusal(text, Math.min(cut, text.length))).toBe(whole);
    }),
  );
});

/** What node's own parser makes of a response. */
function readWithNode(text: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const connection = new Duplex({
      read() {},
      write(_chunk, _encoding, done) {
        this.push(Buffer.from(text, 'latin1'));
        this.push(null);
        done();
      },
    });
    request({ createConnection: () => connection }, resolve)
      .on('error', reject)
      .end();
  });
}

test('agrees with the parser of node on well-formed heads', async () => {
  const name = fc.stringMatching(/^X[!#$%&'*+.^_`|~0-9A-Za-z-]{0,8}$/);
  const value = fc.stringMatching(/^([!-~]([\t -~]{0,10}[!-~])?)?$/);
  const lines = fc.array(fc.tuple(name, value), { maxLength: 6 });
  const reason = fc.stringMatching(/^([!-~]([ -~]{0,10}[!-~])?)?$/);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 200, max: 599 }), reason, lines, async (status, phrase, all) => {
      const flat = all.flat();
      const text = `HTTP/1.1 ${status} ${phrase}\r\n${all.map(([key, item]) => `${key}: ${item}\r\n`).join('')}\r\n`;
      const theirs = await readWithNode(text);
      const ours = read(text)?.head;
      expect(ours?.headers.toFlat()).toEqual(flat);
      expect([theirs.statusCode, theirs.statusMessage, theirs.rawHeaders]).toEqual([
        ours?.status,
        ours?.statusText,
        flat,
      ]);
      theirs.destroy();
    }),
    { numRuns: 50 },
  );
});
