// The judge of the fuzzing, judged: a comparison that can not fail would let everything pass.
import { expect, test } from 'vitest';
import { compareReadings } from './compare-readings.ts';
import { readNodeRequests } from './node-requests.ts';
import { readNodeResponses } from './node-responses.ts';
import { readOurRequests } from './our-requests.ts';
import { readOurResponse } from './our-responses.ts';
import type { Ending, Reading, SeenMessage } from './reading.ts';

const message: SeenMessage = {
  start: ['GET', '/', '1.1'],
  fields: ['A', 'b'],
  body: 'x',
  trailers: [],
  isComplete: true,
};

function reading(messages: readonly SeenMessage[], ending: Ending = 'idle'): Reading {
  return { messages, ending, reason: ending === 'refused' ? 'because' : '' };
}

test.each<[string, Reading, Reading]>([
  ['meaning', reading([message]), reading([{ ...message, start: ['GET', '/a', '1.1'] }])],
  ['meaning', reading([message]), reading([{ ...message, fields: ['A', 'c'] }])],
  ['meaning', reading([message]), reading([{ ...message, fields: [] }])],
  ['meaning', reading([message]), reading([{ ...message, body: '' }])],
  ['meaning', reading([message]), reading([{ ...message, trailers: ['A', 'b'] }])],
  [
    'meaning',
    reading([{ ...message, isComplete: false }], 'waiting'),
    reading([{ ...message, body: '', isComplete: false }], 'waiting'),
  ],
  ['boundary', reading([message, message]), reading([message])],
  ['boundary', reading([message]), reading([message, message])],
  ['boundary', reading([message]), reading([message], 'waiting')],
  ['boundary', reading([message], 'waiting'), reading([message])],
  ['boundary', reading([message]), reading([{ ...message, isComplete: false }], 'waiting')],
  ['boundary', reading([{ ...message, isComplete: false }], 'waiting'), reading([message])],
  ['lenience', reading([message]), reading([], 'refused')],
  ['lenience', reading([message]), reading([{ ...message, isComplete: false }], 'refused')],
  ['lenience', reading([{ ...message, isComplete: false }], 'waiting'), reading([], 'refused')],
  ['persistence', reading([message, message]), reading([message], 'closed')],
])('sees a difference in %s', (kind, ours, theirs) => {
  expect(compareReadings(ours, theirs)?.kind).toBe(kind);
});

test.each<[string, Reading, Reading]>([
  ['the same', reading([message]), reading([message])],
  ['we refuse more', reading([], 'refused'), reading([message])],
  ['we refuse in the middle', reading([{ ...message, body: '', isComplete: false }], 'refused'), reading([message])],
  ['we close earlier', reading([message], 'closed'), reading([message, message])],
  ['they refuse a part of a head', reading([message], 'waiting'), reading([message], 'refused')],
])('lets pass: %s', (_title, ours, theirs) => {
  expect(compareReadings(ours, theirs)).toBeUndefined();
});

const request =
  'POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi' +
  'PUT /2 HTTP/1.1\r\nHost:a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\nGET /3 HT';

test('both readers of requests tell all there is to tell', async () => {
  const expected = [
    {
      start: ['POST', '/1', '1.1'],
      fields: ['Host', 'a', 'Content-Length', '2'],
      body: 'hi',
      trailers: [],
      isComplete: true,
    },
    {
      start: ['PUT', '/2', '1.1'],
      fields: ['Host', 'a', 'Transfer-Encoding', 'chunked'],
      body: 'abc',
      trailers: ['X', 'y'],
      isComplete: true,
    },
  ];
  expect(readOurRequests([request], false)).toMatchObject({ messages: expected, ending: 'waiting' });
  expect(readOurRequests(request.split(''), true)).toMatchObject({ messages: expected, ending: 'waiting' });
  expect((await readNodeRequests([[request]]))[0]).toMatchObject({ messages: expected, ending: 'waiting' });
});

test('both readers of responses tell all there is to tell', async () => {
  const text =
    'HTTP/1.1 103 Early\r\nL: a\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n';
  const expected = [
    { start: ['103', 'Early'], fields: ['L', 'a'], body: '', trailers: [], isComplete: true },
    {
      start: ['200', 'OK'],
      fields: ['Transfer-Encoding', 'chunked'],
      body: 'hi',
      trailers: ['X', 'y'],
      isComplete: true,
    },
  ];
  expect(readOurResponse('GET', text.split(''), true)).toMatchObject({ messages: expected, ending: 'idle' });
  const [theirs] = await readNodeResponses([{ method: 'GET', pieces: [text] }]);
  expect(theirs).toMatchObject({ messages: expected, ending: 'idle' });
});
