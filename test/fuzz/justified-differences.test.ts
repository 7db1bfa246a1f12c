// One example for each justified difference: that it is there, that its rule knows it, and that the note gives the reason.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { compareReadings } from './compare-readings.ts';
import { explain, requestRules, responseRules } from './justified-differences.ts';
import { readNodeRequests } from './node-requests.ts';
import { readNodeResponses } from './node-responses.ts';
import { readOurRequests } from './our-requests.ts';
import { readOurResponse } from './our-responses.ts';

const chunked = 'Transfer-Encoding: chunked\r\n\r\n';
const post = `POST / HTTP/1.1\r\nHost: a\r\n${chunked}`;
const ok = `HTTP/1.1 200 OK\r\n${chunked}`;
const next = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

const requests: readonly (readonly [name: string, bytes: string])[] = [
  ['tab-behind-chunked', `${post.replace('chunked', 'chunked\t')}0\r\n\r\n`],
  ['chunk-extension-syntax', `${post}0;a b\r\n\r\n`],
  ['chunk-extension-syntax', `${post}0;\r\n\r\n`],
  ['chunk-extension-syntax', `${post}1 ; a\r\nx\r\n0\r\n\r\n`],
  ['framing-field-in-trailers', `${post}0\r\nContent-Length: 5\r\n\r\n`],
  ['framing-field-in-trailers', `${post}0\r\nX: y\r\nTransfer-Encoding: gzip\r\n\r\n`],
  ['any-method', 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['any-method', 'get / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['any-method', 'DESCRIBE / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['preface-of-http2', `${post}0\r\n\r\nPRI /x HTTP/1.0\r\n\r\n`],
  ['bytes-from-0x80-in-target', 'GET /\u00c3\u00a9?\u00ff HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['connection-in-trailers', `${post}0\r\nConnection: close\r\n\r\n${next}`],
];

const responses: readonly (readonly [name: string, bytes: string])[] = [
  ['tab-behind-chunked', `${ok.replace('chunked', 'chunked\t')}1\r\nx\r\n0\r\n\r\n`],
  ['chunk-extension-syntax', `${ok}0;a b\r\n\r\n`],
  ['framing-field-in-trailers', `${ok}0\r\nContent-Length: 5\r\n\r\n`],
  ['repeated-length-that-agrees', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx'],
  ['repeated-length-that-agrees', 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx'],
  ['connection-of-an-interim-response', 'HTTP/1.1 103 Early\r\nConnection: close\r\n\r\nHTTP/1.1 204 No\r\n\r\n'],
  ['connection-of-an-interim-response', 'HTTP/1.0 103 Early\r\n\r\nHTTP/1.1 204 No\r\n\r\n'],
  ['framing-of-an-interim-response', 'HTTP/1.1 103 Early\r\nContent-Length: x\r\n\r\nHTTP/1.1 204 No\r\n\r\n'],
];

test.each(requests)('%s, in requests: %j', async (name, bytes) => {
  const [theirs] = await readNodeRequests([[bytes]]);
  const difference = theirs && compareReadings(readOurRequests([bytes], false), theirs);
  expect(difference && explain(requestRules, difference, bytes)).toBe(name);
});

test.each(responses)('%s, in responses: %j', async (name, bytes) => {
  const [theirs] = await readNodeResponses([{ method: 'GET', pieces: [bytes] }]);
  const difference = theirs && compareReadings(readOurResponse('GET', [bytes], false), theirs);
  expect(difference && explain(responseRules, difference, bytes)).toBe(name);
});

test.each([
  { kind: 'meaning', what: 'the body' },
  { kind: 'boundary', what: 'we have one more message' },
  { kind: 'lenience', what: 'HPE_INVALID_CONTENT_LENGTH Invalid character in Content-Length' },
  { kind: 'lenience', what: 'HPE_INVALID_METHOD Invalid method encountered' },
  { kind: 'persistence', what: 'HPE_CLOSED_CONNECTION' },
] as const)('no rule explains $kind: $what of a plain message', ({ kind, what }) => {
  const fields = ['Host', 'a', 'Content-Length', '1'];
  const message = { start: ['POST', '/', '1.1'], fields, body: 'x', trailers: [], isComplete: true };
  for (const rules of [requestRules, responseRules.slice(0, 3)])
    expect(
      explain(rules, { kind, what, message }, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx'),
    ).toBeUndefined();
});

test('every rule has an example, and its reason in the note; the note lists no other', async () => {
  const note = await readFile(new URL('../../docs/notes/parser.md', import.meta.url), 'utf8');
  const listed = [...note.matchAll(/^\| `([\da-z-]+)` /gm)].map(([, name]) => name);
  const rules = [...new Set([...requestRules, ...responseRules].map(({ name }) => name))].toSorted();
  expect([...listed].map(String).toSorted()).toEqual(rules);
  expect([...new Set([...requests, ...responses].map(([name]) => name))].toSorted()).toEqual(rules);
});
