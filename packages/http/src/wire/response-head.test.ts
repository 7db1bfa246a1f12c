import { isProxyError } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFieldValue } from '../headers/field-syntax.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { createResponse } from '../response/response.ts';
import { ResponseHeadReader } from './response-head-reader.ts';
import { formatInterimHead, formatResponseHead, formatTunnelHead, type ResponseBodyFraming } from './response-head.ts';

const date = 'Sun, 06 Nov 1994 08:49:37 GMT';

interface Parts {
  readonly status?: number;
  readonly statusText?: string;
  readonly fields?: readonly string[];
  readonly framing?: ResponseBodyFraming;
  readonly connection?: string;
}

function format({ status = 200, statusText = 'OK', fields = [], framing = 0, connection }: Parts): string {
  return formatResponseHead({ status, statusText, headers: createHeaderList(fields), framing, connection, date });
}

/** The lines of a head behind its status line and `Date`. */
function lines(parts: Parts): string[] {
  return format({ ...parts, fields: ['Date', 'today', ...(parts.fields ?? [])] })
    .split('\r\n')
    .slice(2, -2);
}

test('writes status line, fields, Date, framing and Connection', () => {
  const fields = ['Server', 's', 'x-tag', '\u00e9', 'X-Tag', ''];
  expect(format({ status: 404, statusText: 'Not Found', fields, framing: 5, connection: 'close' })).toBe(
    `HTTP/1.1 404 Not Found\r\nServer: s\r\nx-tag: \u00e9\r\nX-Tag: \r\nDate: ${date}\r\nContent-Length: 5\r\nConnection: close\r\n\r\n`,
  );
});

test('leaves a Date that is there', () => {
  expect(format({ fields: ['date', 'yesterday'] })).not.toContain(date);
});

test.each<[ResponseBodyFraming, string[]]>([
  [7, ['Content-Length: 7']],
  [0, ['Content-Length: 0']],
  ['chunked', ['Transfer-Encoding: chunked']],
  ['until-close', []],
  ['bare', []],
])('frames a body as %s', (framing, expected) => {
  expect(lines({ framing })).toEqual(expected);
});

test('drops the framing and connection management that the fields bring along', () => {
  const fields = ['Transfer-Encoding', 'gzip', 'content-length', '3', 'Connection', 'keep-alive', 'Keep-Alive', 'x'];
  for (const framing of ['chunked', 7, 'until-close'] as const) {
    const all = lines({ fields: [...fields, 'Upgrade', 'h2c', 'A', 'b'], framing });
    expect(all.filter((line) => !/^(A: b|Content-Length: 7|Transfer-Encoding: chunked)$/.test(line))).toEqual([]);
  }
});

test('names in a 426 the protocols to come back with, and in nothing else', () => {
  const fields = ['upgrade', 'a', 'Connection', 'upgrade', 'Upgrade', 'b/1'];
  expect(lines({ status: 426, fields, framing: 'bare' })).toEqual(['Connection: Upgrade', 'Upgrade: a, b/1']);
  expect(lines({ status: 426, fields, framing: 'bare', connection: 'close' })[0]).toBe('Connection: close, Upgrade');
  expect(lines({ status: 426, framing: 'bare', connection: 'close' })).toEqual(['Connection: close']);
  expect(lines({ status: 425, fields, framing: 'bare' })).toEqual([]);
});

test('a length that is right keeps its place and its letter case', () => {
  expect(lines({ fields: ['content-length', '7', 'A', 'b'], framing: 7 })).toEqual(['content-length: 7', 'A: b']);
});

test('without a body, one Content-Length says what GET would get, except with 204', () => {
  expect(lines({ fields: ['Content-Length', '9'], framing: 'bare' })).toEqual(['Content-Length: 9']);
  expect(lines({ fields: ['Content-Length', '9', 'Content-Length', '8'], framing: 'bare' })).toEqual([]);
  expect(lines({ status: 204, fields: ['Content-Length', '9'], framing: 'bare' })).toEqual([]);
});

test('announces trailers only where there can be some', () => {
  expect(lines({ fields: ['Trailer', 'X'], framing: 'chunked' })).toContain('Trailer: X');
  for (const framing of [3, 'until-close', 'bare'] as const)
    expect(lines({ fields: ['Trailer', 'X'], framing })).not.toContain('Trailer: X');
});

test.each([0, 100, 199, 1000, 200.5, Number.NaN, -200])('refuses the status %s', (status) => {
  expect(() => format({ status })).toThrow('a response can not have the status');
});

test.each(['O\rK', 'O\nK', 'O\u0000K', 'O\u007fK', 'O\u010aK', 'OK\r\nEvil: 1'])(
  'refuses the reason %j',
  (statusText) => {
    expect(() => format({ statusText })).toThrow('a reason phrase with a character that must not be sent');
    expect(() => formatInterimHead(103, statusText, createHeaderList())).toThrow('a reason phrase');
  },
);

test.each([
  ['X', 'a\r\nEvil: 1'],
  ['X', 'a\u0000b'],
  ['X', 'a\u010ab'],
  ['X: y\r\nEvil', '1'],
  ['', 'a'],
])('refuses a field that would end its line early: %j %j', (name, value) => {
  expect(() => format({ fields: [name, value] })).toThrow(/must not be sent|is not a field name/);
  expect(() => formatInterimHead(103, '', createHeaderList([name, value]))).toThrow(/must not|is not a field name/);
  const headers = createHeaderList([name, value]);
  for (const status of [101, 200])
    expect(() => formatTunnelHead(createResponse({ status, headers }))).toThrow(/must not|is not a field name/);
});

test('writes interim heads with their fields as they are', () => {
  const headers = createHeaderList(['Link', '</a.css>', 'link', '</b.css>']);
  expect(formatInterimHead(103, 'Early Hints', headers)).toBe(
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nlink: </b.css>\r\n\r\n',
  );
});

test.each([99, 101, 200, 1000, 100.5, Number.NaN])('refuses an interim response of the status %d', (status) => {
  expect(() => formatInterimHead(status, '', createHeaderList())).toThrow('an interim response can not have');
});

test('writes the head of a switch of protocols', () => {
  const headers = createHeaderList(['Upgrade', 'websocket', 'Content-Length', '5', 'connection', 'x']);
  expect(formatTunnelHead(createResponse({ status: 101, headers }))).toBe(
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
});

test('writes the head of a tunnel without any framing', () => {
  const headers = createHeaderList(['Content-Length', '5', 'A', 'b', 'Transfer-Encoding', 'chunked', 'Trailer', 'x']);
  expect(formatTunnelHead(createResponse({ headers }))).toBe('HTTP/1.1 200 OK\r\nA: b\r\n\r\n');
});

test('whatever the fields are, what is written has one framing, the one that was asked for', () => {
  const name = fc.constantFrom('Content-Length', 'content-length', 'Transfer-Encoding', 'Connection', 'Trailer', 'A');
  const value = fc.oneof(
    fc.constantFrom('5', '5, 6', 'chunked', 'gzip, chunked', 'close'),
    fc.string({ maxLength: 6 }),
  );
  const framing = fc.constantFrom<ResponseBodyFraming>(0, 5, 6, 'chunked', 'until-close');
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 6 }), framing, (fields, wanted) => {
      const isSendable = fields.every(([, item]) => isFieldValue(item));
      expect(readFramingBack(fields.flat(), wanted)).toBe(isSendable ? wanted : 'SLUICE_INTERNAL');
    }),
  );
});

/** What a reader makes of the head that was written: the framing, or the code of the error when none was. */
function readFramingBack(fields: readonly string[], framing: ResponseBodyFraming): number | string {
  const reader = new ResponseHeadReader({ maxBytes: 4_000, maxFields: 20 }, (what) => new Error(what) as never);
  reader.begin();
  try {
    const bytes = Buffer.from(format({ fields, framing }), 'latin1');
    const end = reader.read(bytes, 0, bytes.length);
    if (reader.head === undefined || end !== bytes.length) return `read up to ${end} of ${bytes.length}`;
    const { kind, contentLength = 0 } = reader.framing(reader.head, 'GET');
    return kind === 'length' || kind === 'none' ? contentLength : kind;
  } catch (error) {
    return isProxyError(error) ? error.code : String(error);
  }
}
