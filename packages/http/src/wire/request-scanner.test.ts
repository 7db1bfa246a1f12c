import { isProxyError } from '@sluice/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RequestScanner } from './request-scanner.ts';
import { SectionReader } from './section-reader.ts';

const limits = { maxBytes: 400, maxFields: 5, maxTargetBytes: 100 };

interface Scanned {
  readonly line: readonly [method: string, target: string, minor: number];
  readonly fields: number;
  /** What stands behind the head. */
  readonly rest: string;
}

/** Scans a head that arrives in pieces, each in memory of its own that is overwritten afterwards; `undefined` when it is not complete. */
function scan(text: string, cuts: readonly number[] = []): Scanned | undefined {
  const bytes = Buffer.from(text, 'latin1');
  const scanner = new RequestScanner(limits);
  const section = new SectionReader(scanner);
  const edges = [0, ...new Set(cuts.filter((cut) => cut < bytes.length)), bytes.length].toSorted((a, b) => a - b);
  for (let index = 1; index < edges.length; index++) {
    const piece = Buffer.from(bytes.subarray(edges[index - 1], edges[index]));
    const taken = section.feed(piece, 0, piece.length);
    if (section.complete) {
      const { methodStart, methodEnd, targetEnd, minor, fields } = scanner;
      const head = section.text();
      const line = [head.slice(methodStart, methodEnd), head.slice(methodEnd + 1, targetEnd), minor] as const;
      return { line, fields: fields.count, rest: bytes.toString('latin1', (edges[index - 1] ?? 0) + taken) };
    }
    piece.fill(0);
  }
  return undefined;
}

/** What becomes of a head, as one line: the code of its fault, `incomplete`, or `read`. */
function verdict(text: string, cuts?: readonly number[]): string {
  try {
    return scan(text, cuts) === undefined ? 'incomplete' : 'read';
  } catch (error) {
    if (isProxyError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
}

test('finds method, target and version, and leaves alone what stands behind the head, wherever the bytes are cut', () => {
  const text = 'M-SEARCH /a?b=\u00e9 HTTP/1.0\r\nHost: a\r\nB:\r\n\r\nGET ';
  for (let cut = 0; cut <= text.length; cut++) {
    expect(scan(text, [cut])).toEqual({ line: ['M-SEARCH', '/a?b=\u00e9', 0], fields: 2, rest: 'GET ' });
  }
});

test('skips a few empty lines in front, and no more', () => {
  expect(scan(`${'\r\n'.repeat(8)}GET / HTTP/1.1\r\n\r\n`)?.line).toEqual(['GET', '/', 1]);
  expect(verdict('\r\n'.repeat(9))).toContain('something else than a request line');
});

test('has begun once anything but empty lines has come', () => {
  const scanner = new RequestScanner(limits);
  scanner.scan(Buffer.from('\r\n\r\n\r'), 0, 5);
  expect(scanner.hasBegun).toBe(false);
  scanner.scan(Buffer.from('\r\n\r\n\r\nG'), 0, 7);
  expect(scanner.hasBegun).toBe(true);
  scanner.begin();
  expect(scanner.hasBegun).toBe(false);
});

test.each([
  ['FRAMING_INVALID', ' GET / HTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', '\nGET / HTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', '\rGET / HTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'G\u0000T / HTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET\t/ HTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET  / HTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET /  HTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET / HTTP/1.1 \r\n\r\n'],
  ['FRAMING_INVALID', 'GET /\tHTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET /a b HTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET /\u0000 HTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET /\u007f HTTP/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET /\r\n\r\n'],
  ['FRAMING_INVALID', 'GET\r\n\r\n'],
  ['FRAMING_INVALID', 'GET / HTTP/1.1\n\r\n'],
  ['FRAMING_INVALID', 'GET / HTTP/1.1\r\r\n'],
  ['FRAMING_INVALID', 'GET / HTTP/1.10\r\n\r\n'],
  ['FRAMING_INVALID', 'GET / http/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET / HTTP/x.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET / HTTP/1,1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET / HTTPS/1.1\r\n\r\n'],
  ['FRAMING_INVALID', 'GET / ICE/1.0\r\n\r\n'],
  ['FRAMING_INVALID', '\u0016\u0003\u0001\u0002\u0000\u0001'],
  ['FRAMING_INVALID', 'GET / HTTP/1.1\r\nA : b\r\n\r\n'],
  ['FRAMING_INVALID', `${'M'.repeat(65)} / HTTP/1.1\r\n\r\n`],
  ['VERSION_UNSUPPORTED', 'GET / HTTP/1.2\r\n\r\n'],
  ['VERSION_UNSUPPORTED', 'GET / HTTP/0.9\r\n\r\n'],
  ['VERSION_UNSUPPORTED', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['TARGET_TOO_LONG', `GET /${'x'.repeat(100)} HTTP/1.1\r\n\r\n`],
  ['HEADERS_TOO_LARGE', `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(6)}\r\n`],
  ['HEADERS_TOO_LARGE', `GET / HTTP/1.1\r\nA: ${'x'.repeat(400)}\r\n\r\n`],
])('refuses with %s: %j', (code, text) => {
  const whole = verdict(text);
  expect(whole).toContain(`SLUICE_${code}: the request has `);
  for (let cut = 1; cut < Math.min(text.length, 60); cut++) expect(verdict(text, [cut])).toBe(whole);
});

test('takes what is exactly at the limits', () => {
  expect(scan(`${'M'.repeat(64)} /${'x'.repeat(99)} HTTP/1.1\r\n${'A: b\r\n'.repeat(5)}\r\n`)?.fields).toBe(5);
  const head = 'GET / HTTP/1.1\r\nA: \r\n\r\n';
  expect(verdict(head.replace(': ', `: ${'x'.repeat(limits.maxBytes - head.length)}`))).toBe('read');
  expect(verdict(head.replace(': ', `: ${'x'.repeat(limits.maxBytes - head.length + 1)}`))).toContain('400 bytes');
});

test('never waits for more bytes than the limits allow', () => {
  const endless = fc.constantFrom(
    'M'.repeat(600),
    `GET /${'x'.repeat(600)}`,
    '\r\n'.repeat(300),
    `GET / HTTP/1.1\r\nA: ${'x'.repeat(600)}`,
    `GET / HTTP/1.1\r\nA:${' '.repeat(600)}`,
    `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(100)}`,
    `GET / HTTP/1.1\r\n${'n'.repeat(600)}`,
  );
  fc.assert(
    fc.property(endless, fc.array(fc.nat(600), { maxLength: 8 }), (text, cuts) => {
      expect(verdict(text, cuts)).toMatch(/^SLUICE_(FRAMING_INVALID|TARGET_TOO_LONG|HEADERS_TOO_LARGE)/);
    }),
  );
});

test('any split of any bytes gives the same, and it is a head, a wait or a ProxyError', () => {
  const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
  const parts = fc.constantFrom('GET ', '/ ', 'HTTP/1.1', 'HTTP/1.0', '\r\n', '\r', '\n', ' ', 'A: b', ':', '\r\n\r\n');
  const text = fc.oneof(
    noise,
    fc.array(fc.oneof({ weight: 6, arbitrary: parts }, noise), { maxLength: 12 }).map((all) => all.join('')),
    noise.map((tail) => `GET / HTTP/1.1\r\n${tail}`),
  );
  fc.assert(
    fc.property(text, fc.array(fc.nat(120), { maxLength: 6 }), (content, cuts) => {
      expect(verdict(content, cuts)).toBe(verdict(content));
    }),
    { numRuns: 500 },
  );
});

test('garbage is refused: what is read began with a request line', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), (bytes) => {
      const content = `${Buffer.from(bytes).toString('latin1')}\r\n\r\n`;
      const isLine = /^(?:\r\n){0,8}[!#$%&'*+.^_`|~0-9A-Za-z-]+ [!-~\u0080-\u00ff]+ HTTP\/1\.[01]\r\n/.test(content);
      expect(isLine || verdict(content) !== 'read').toBe(true);
    }),
  );
});
