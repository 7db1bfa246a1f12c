import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isProxyError } from '../errors.ts';
import { parseEndpointList } from './parse-endpoint-list.ts';

test.each([
  ['["a:1", { "address": "b:1", "weight": 2 }]', { endpoints: ['a:1', { address: 'b:1', weight: 2 }] }],
  ['{ "endpoints": ["a:1"], "revision": "42" }', { endpoints: ['a:1'], revision: '42' }],
  ['\uFEFF[]', { endpoints: [] }],
])('reads %s', (text, snapshot) => {
  expect(parseEndpointList(text)).toEqual(snapshot);
});

test.each([
  ['', 'the document is empty'],
  [' \n', 'the document is empty'],
  ['["a:1",', 'the document is no JSON: '],
  ['"a:1"', 'the document must be an object'],
  ['null', 'the document must be an object'],
  ['{}', 'endpoints must be a list, got undefined'],
  ['{ "endpoints": {} }', 'endpoints must be a list, got an object'],
  ['{ "endpoint": [] }', 'endpoint is unknown, did you mean endpoints?'],
  ['{ "endpoints": [], "revision": 42 }', 'revision must be a string, got 42'],
])('refuses %j', (text, message) => {
  expect(() => parseEndpointList(text)).toThrow(message);
});

test('a document of any kind is a list or an error of ours', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const read = (): boolean => {
        try {
          return Array.isArray(parseEndpointList(text).endpoints);
        } catch (error) {
          return isProxyError(error);
        }
      };
      expect(read()).toBe(true);
    }),
  );
});

test('what was cut off in the middle is never a shorter list', () => {
  const text = JSON.stringify({ revision: '42', endpoints: ['a:1', { address: 'b:1', metadata: { zone: 'x' } }] });
  for (let length = 0; length < text.length; length++) {
    expect(() => parseEndpointList(text.slice(0, length))).toThrow('the document is');
  }
});
