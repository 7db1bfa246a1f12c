// Attack: a message that the proxy and the origin read differently, so that a part of it becomes a request of the attacker's own: past the
// proxy's rules, or in front of somebody else's request on the same connection.
// Impact: access control bypassed, other users' requests hijacked, caches poisoned.
// Guard: requests that can be read in two ways are refused and their connection closed; framing is written anew towards the origin.
//
// Each case goes through the proxy to an origin that reads as carelessly as possible. It must see the outer request once, or nothing.

import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { startLenientOrigin } from '../support/lenient-origin.ts';
import { exchangeRaw } from '../support/raw-client.ts';

const inner = 'GET /smuggled HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n';
const chunkedInner = `0\r\n\r\n${inner}`;

/** Field lines of a POST, and the bytes behind its head. */
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
  'TE with an underscore': ['Transfer_Encoding: chunked\r\nContent-Length: 4', `0\r\n\r\n`],
  'a name with a control character': ['Transfer-Encoding\u0001: chunked\r\nContent-Length: 4', chunkedInner],
  'a line without a colon': ['Transfer-Encoding\r\nContent-Length: 4', chunkedInner],
  'TE: chunked in a chunk extension line': ['Transfer-Encoding: chunked', `5;x="\r\n\r\n"\r\nhello\r\n${chunkedInner}`],
  'chunk size too large': ['Transfer-Encoding: chunked', `fffffffffffffffff\r\n${inner}`],
  'chunk size with a sign': ['Transfer-Encoding: chunked', `+5\r\nhello\r\n${chunkedInner}`],
  'chunk size in 0x': ['Transfer-Encoding: chunked', `0x5\r\nhello\r\n${chunkedInner}`],
  'chunk size with an underscore': ['Transfer-Encoding: chunked', `5_0\r\nhello\r\n${chunkedInner}`],
  'chunk without a size': ['Transfer-Encoding: chunked', `\r\nhello\r\n${chunkedInner}`],
  'chunk longer than its size': ['Transfer-Encoding: chunked', `2\r\nhello\r\n${chunkedInner}`],
  'chunk lines ended by a bare LF': ['Transfer-Encoding: chunked', `5\nhello\n0\n\n${inner}`],
  'trailers that name framing fields': [
    'Transfer-Encoding: chunked',
    `5\r\nhello\r\n0\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\nHost: evil\r\n\r\n`,
  ],
};

/** What ends a case: a second request on the same connection tells whether anything was left over in between. */
const last = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe.each(fronts)('$name', ({ start }) => {
  test.each(Object.entries(cases))('%s', async (_title, [fields, rest]) => {
    const origin = await startLenientOrigin();
    const { port } = await start({ to: origin.url });
    const answer = await exchangeRaw(port, `POST /outer HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${rest}${last}`);
    const seen = origin.requests.map((line) => line.split(' ')[1]);
    // The proxy may read the inner message as a request of its own that the client has sent in the open; it must never be hidden from it.
    const inTheOpen = answer.match(/HTTP\/1\.1 200 /g)?.length ?? 0;
    expect(seen.length, `${seen.join(' ')} of ${JSON.stringify(answer)}`).toBeLessThanOrEqual(Math.max(inTheOpen, 1));
    expect(seen.filter((path) => path === '/outer').length).toBeLessThanOrEqual(1);
    expect(answer.startsWith('HTTP/1.1 400 ') ? seen : []).toEqual([]);
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
    const { port } = await start({ to: origin.url });
    const answer = await exchangeRaw(port, request);
    expect(answer === '' || answer.startsWith('HTTP/1.1 400 '), answer).toBe(true);
    expect(origin.requests).toEqual([]);
  });
});
