// Attack: a message that the proxy and the origin read differently, so that a part of it becomes a request of the attacker's own: past the
// proxy's rules, or in front of somebody else's request on the same connection.
// Impact: access control bypassed, other users' requests hijacked, caches poisoned.
// Guard: requests that can be read in two ways are refused and their connection closed; framing is written anew towards the origin.
//
// Each case goes through the proxy to an origin that reads as carelessly as possible. It must see the outer request once, or nothing.

import { createSeededRandom } from '@sluice/core';
import { createProxy } from '@sluice/http';
import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import { fronts, startServer, type Front } from '../support/fronts.ts';
import { startLenientOrigin, type Credulity } from '../support/lenient-origin.ts';
import { exchangeRaw } from '../support/raw-client.ts';

const inner = 'GET /smuggled HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n';
const chunkedInner = `0\r\n\r\n${inner}`;

/** Field lines of a POST, and the bytes behind its head. Each is refused. */
const cases: Readonly<Record<string, readonly [fields: string, rest: string]>> = {
  'CL.TE': [`Content-Length: ${chunkedInner.length}\r\nTransfer-Encoding: chunked`, chunkedInner],
  'TE.CL': ['Transfer-Encoding: chunked\r\nContent-Length: 4', `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`],
  'CL.CL, differing': [`Content-Length: 0\r\nContent-Length: ${inner.length}`, inner],
  'CL.CL, the same': ['Content-Length: 5\r\nContent-Length: 5', `hello${inner}`],
  'CL list': ['Content-Length: 5, 5', `hello${inner}`],
  'signed CL': ['Content-Length: +5', `hello${inner}`],
  'negative CL': ['Content-Length: -5', inner],
  'hexadecimal CL': ['Content-Length: 0x5', `hello${inner}`],
  'CL with an exponent': ['Content-Length: 5e0', `hello${inner}`],
  'huge CL': ['Content-Length: 18446744073709551621', `hello${inner}`],
  'CL with spaces inside': ['Content-Length: 1 0', `hello${inner}`],
  'empty CL': ['Content-Length: ', inner],
  'TE with a tab': ['Transfer-Encoding:\tchunked\r\nContent-Length: 4', chunkedInner],
  'TE with a space before the colon': ['Transfer-Encoding : chunked\r\nContent-Length: 4', chunkedInner],
  'TE with a vertical tab': ['Transfer-Encoding:\vchunked\r\nContent-Length: 4', chunkedInner],
  'TE in quotes': ['Transfer-Encoding: "chunked"\r\nContent-Length: 4', chunkedInner],
  'TE: xchunked': ['Transfer-Encoding: xchunked\r\nContent-Length: 4', chunkedInner],
  'TE: chunked, identity': ['Transfer-Encoding: chunked, identity\r\nContent-Length: 4', chunkedInner],
  'TE: identity, chunked': ['Transfer-Encoding: identity, chunked', chunkedInner],
  'TE: gzip, chunked': ['Transfer-Encoding: gzip, chunked', chunkedInner],
  'TE twice': ['Transfer-Encoding: chunked\r\nTransfer-Encoding: identity', chunkedInner],
  'TE folded': ['Transfer-Encoding:\r\n chunked\r\nContent-Length: 4', chunkedInner],
  'TE behind a folded line': ['X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 4', chunkedInner],
  'TE behind a bare LF': ['X: y\nTransfer-Encoding: chunked\r\nContent-Length: 4', chunkedInner],
  'TE behind a bare CR': ['X: y\rTransfer-Encoding: chunked\r\nContent-Length: 4', chunkedInner],
  'TE behind a NUL': ['X: y\0Transfer-Encoding: chunked\r\nContent-Length: 4', chunkedInner],
  'a name with a control character': ['Transfer-Encoding\u0001: chunked\r\nContent-Length: 4', chunkedInner],
  'a name with a space inside': ['Transfer-Encoding x: chunked\r\nContent-Length: 4', chunkedInner],
  'a line without a colon': ['Transfer-Encoding\r\nContent-Length: 4', chunkedInner],
  'TE: chunked in a chunk extension line': ['Transfer-Encoding: chunked', `5;x="\r\n\r\n"\r\nhello\r\n${chunkedInner}`],
  'chunk size too large': ['Transfer-Encoding: chunked', `fffffffffffffffff\r\n${inner}`],
  'chunk size with a sign': ['Transfer-Encoding: chunked', `+5\r\nhello\r\n${chunkedInner}`],
  'chunk size in 0x': ['Transfer-Encoding: chunked', `0x5\r\nhello\r\n${chunkedInner}`],
  'chunk size with an underscore': ['Transfer-Encoding: chunked', `5_0\r\nhello\r\n${chunkedInner}`],
  'chunk without a size': ['Transfer-Encoding: chunked', `\r\nhello\r\n${chunkedInner}`],
  'chunk longer than its size': ['Transfer-Encoding: chunked', `2\r\nhello\r\n${chunkedInner}`],
  'chunk data ended by a bare LF': ['Transfer-Encoding: chunked', `5\r\nhello\n0\r\n\r\n${inner}`],
  'chunk lines ended by a bare LF': ['Transfer-Encoding: chunked', `5\nhello\n0\n\n${inner}`],
};

/** Field lines and bytes that look like an attack, and are one message with one meaning. */
const harmless: Readonly<Record<string, readonly [fields: string, rest: string]>> = {
  'a request as the content of another, by length': [`Content-Length: ${inner.length}`, inner],
  'a request as the content of another, in a chunk': [
    'Transfer-Encoding: chunked',
    `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
  ],
  'a last chunk as content': ['Content-Length: 5', '0\r\n\r\n'],
  'a request in a chunk extension': ['Transfer-Encoding: chunked', '0;x="GET /smuggled HTTP/1.1"\r\n\r\n'],
  'a request in a trailer': ['Transfer-Encoding: chunked', `0\r\nX: ${inner.split('\r\n', 1).join()}\r\n\r\n`],
  'Transfer_Encoding, which is another field': ['Transfer_Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'],
  'Transfer_Encoding over content that reads like chunks': [
    `Transfer_Encoding: chunked\r\nContent-Length: ${chunkedInner.length}`,
    chunkedInner,
  ],
  'Content_Length, which is another field': [`Content_Length: 0\r\nContent-Length: ${inner.length}`, inner],
};

const between = 'GET /between HTTP/1.1\r\nHost: a\r\n\r\n';
/** Ends a connection, and tells by its answer whether anything was left over in between. */
const last = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

/** Sends bytes through a proxy; resolves to the answers, the targets of the exchanges there were, and what the origin believes to have seen. */
async function attack(front: Front, credulity: Credulity, message: string) {
  const origin = await startLenientOrigin(credulity);
  const { port, proxy } = await front.start({ to: origin.url });
  const forwarded: string[] = [];
  proxy.on('exchange-finished', ({ exchange: { request } }) => forwarded.push(`${request.method} ${request.target}`));
  const answers = await exchangeRaw(port, message);
  const seen = origin.requests.map((line) => line.split(' ', 2).join(' '));
  return { answers, forwarded, seen };
}

describe.each(fronts)('$name', (front) => {
  test.each(Object.entries(cases))('%s is refused', async (_title, [fields, rest]) => {
    const message = `POST /outer HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${rest}${last}`;
    const { answers, seen } = await attack(front, 'chunked', message);
    expect(answers).toMatch(/^HTTP\/1\.1 400 /);
    expect(answers.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(seen).toEqual([]);
  });

  test('trailers that name framing fields are refused, or do not reach the origin', async () => {
    const trailers = 'Content-Length: 100\r\nTransfer-Encoding: chunked\r\nHost: evil\r\n';
    const message = `POST /outer HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n${trailers}\r\n${last}`;
    const { answers, seen } = await attack(front, 'chunked', message);
    expect(seen.toSorted()).toEqual(answers.startsWith('HTTP/1.1 400 ') ? [] : ['GET /last', 'POST /outer']);
  });

  describe.each(['chunked', 'length'] as const)('before an origin that prefers %s', (credulity) => {
    test.each(Object.entries(harmless))('%s is one request', async (_title, [fields, rest]) => {
      const message = `POST /outer HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${rest}${last}`;
      const { answers, seen } = await attack(front, credulity, message);
      expect(seen.toSorted()).toEqual(['GET /last', 'POST /outer']);
      expect(answers.match(/HTTP\/1\.1 200 /g)).toHaveLength(2);
    });

    test('whatever is combined, it sees nothing that was no exchange of the proxy', async () => {
      const random = createSeededRandom(42);
      let accepted = 0;
      for (let turn = 0; turn < 60; turn++) {
        const { forwarded, seen } = await attack(front, credulity, combine(random));
        expect(forwarded, `turn ${turn}`).toEqual(expect.arrayContaining(seen));
        expect(seen.length, `turn ${turn}`).toBeLessThanOrEqual(forwarded.length);
        if (seen.length > 0) accepted++;
      }
      expect(accepted).toBeGreaterThan(10);
    });
  });

  test.each([
    ['two Host fields', 'GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
    ['no Host', 'GET /x HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a Host with a path', 'GET /x HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n'],
    ['a Host with credentials', 'GET /x HTTP/1.1\r\nHost: a@b\r\nConnection: close\r\n\r\n'],
    ['a Host that is a list', 'GET /x HTTP/1.1\r\nHost: a, b\r\nConnection: close\r\n\r\n'],
    ['a target with a space', 'GET /x y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['a target that is no path', 'GET x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['an absolute target with credentials', 'GET http://u:p@b/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['HTTP/1.2', 'GET /x HTTP/1.2\r\nHost: a\r\nConnection: close\r\n\r\n'],
    ['HTTP/0.9', 'GET /x\r\n\r\n'],
    ['Transfer-Encoding in HTTP/1.0', 'POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ])('%s is refused', async (_title, request) => {
    const origin = await startLenientOrigin();
    const { port } = await front.start({ to: origin.url });
    const answer = await exchangeRaw(port, request);
    expect(answer === '' || /^HTTP\/1\.1 (400|505) /.test(answer), answer).toBe(true);
    expect(origin.requests).toEqual([]);
  });
});

/** A server of somebody who had to take what careless clients send. */
const careless: Front = {
  name: 'node:http with insecureHTTPParser',
  start(options) {
    const proxy = createProxy(options);
    return startServer(proxy, createServer({ insecureHTTPParser: true }, proxy));
  },
};

test.each(Object.entries(cases))(
  'behind insecureHTTPParser, %s is no request that the proxy has not seen',
  async (_title, [fields, rest]) => {
    const message = `POST /outer HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${rest}${last}`;
    for (const credulity of ['chunked', 'length'] as const) {
      const { forwarded, seen } = await attack(careless, credulity, message);
      expect(forwarded).toEqual(expect.arrayContaining(seen));
      expect(seen.length).toBeLessThanOrEqual(forwarded.length);
    }
  },
);

const lines = [
  'Content-Length: 0',
  'Content-Length: 5',
  `Content-Length: ${chunkedInner.length}`,
  'content-length:5',
  'Content-Length: 05',
  'Transfer-Encoding: chunked',
  'transfer-encoding: Chunked',
  'Transfer-Encoding: chunked ',
  'Transfer-Encoding: identity',
  'Transfer_Encoding: chunked',
  'Content_Length: 0',
  'X: y',
  'Connection: Content-Length, Transfer-Encoding',
  'Connection: keep-alive, X',
  'Expect: 100-continue',
  'Upgrade: websocket',
  'Trailer: Content-Length',
];

const bodies = ['', '', 'hello', '0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', chunkedInner, inner];

/** A message of framing fields and bodies that may or may not fit, and enough behind it for every length to come to an end. */
function combine(random: () => number): string {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
  const methods = ['GET', 'POST', 'DELETE', 'HEAD'];
  const fields = Array.from({ length: Math.floor(random() * 3) }, () => `${pick(lines)}\r\n`).join('');
  return `${pick(methods)} /outer HTTP/1.1\r\nHost: a\r\n${fields}\r\n${pick(bodies)}${between.repeat(3)}${last}`;
}
