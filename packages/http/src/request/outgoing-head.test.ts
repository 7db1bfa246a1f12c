import type { Endpoint } from '@sluice/core';
import { expect, test } from 'vitest';
import type { ProxyExchange } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { attemptHead, outgoingHead } from './outgoing-head.ts';

function exchangeWith(...fields: string[]): ProxyExchange {
  return {
    request: { version: '1.1', headers: createHeaderList(['Host', 'shop.example', ...fields]) },
  } as unknown as ProxyExchange;
}

function endpointAt(authority: string): Endpoint {
  return { address: { authority } } as Endpoint;
}

test('adds Via and leaves the exchange’s own list alone', () => {
  const exchange = exchangeWith('Via', '1.0 cdn');
  const headers = outgoingHead(exchange, { viaPseudonym: 'edge', host: 'preserve' });
  expect(headers.getAll('via')).toEqual(['1.0 cdn', '1.1 edge']);
  expect(exchange.request.headers.getAll('via')).toEqual(['1.0 cdn']);
});

test('detects that a request has come round', () => {
  expect(() => outgoingHead(exchangeWith('Via', '1.1 edge'), { viaPseudonym: 'edge', host: 'preserve' })).toThrow(
    'passed edge before',
  );
  expect(
    outgoingHead(exchangeWith('Via', '1.1 edge'), { viaPseudonym: undefined, host: 'preserve' }).getAll('via'),
  ).toEqual(['1.1 edge']);
});

test('tells the endpoint the client’s host, its own, or a fixed one', () => {
  const host = (policy: string): string | undefined => {
    const exchange = exchangeWith();
    const headers = outgoingHead(exchange, { viaPseudonym: undefined, host: policy });
    attemptHead(headers, exchange, endpointAt('127.0.0.1:3000'), policy);
    return headers.get('host');
  };
  expect([host('preserve'), host('endpoint'), host('app.internal')]).toEqual([
    'shop.example',
    '127.0.0.1:3000',
    'app.internal',
  ]);
});

test('gives a request without Host the endpoint’s, so that none arrives without, or with that of another endpoint', () => {
  const exchange = exchangeWith();
  exchange.request.headers.delete('host');
  const headers = outgoingHead(exchange, { viaPseudonym: undefined, host: 'preserve' });
  const hosts = ['127.0.0.1:3000', '127.0.0.1:3001'].map((authority) => {
    attemptHead(headers, exchange, endpointAt(authority), 'preserve');
    return headers.get('host');
  });
  expect(hosts).toEqual(['127.0.0.1:3000', '127.0.0.1:3001']);
});

test('what middleware edits for one attempt is gone before the next', () => {
  const exchange = exchangeWith();
  exchange.attemptEdits = [
    (headers, { address }) => headers.append('X-Attempt', address.authority),
    (headers) => headers.append('X-Attempt', 'again'),
  ];
  const headers = outgoingHead(exchange, { viaPseudonym: undefined, host: 'preserve' });
  const sent = ['a:1', 'b:2'].map((authority) => attemptHead(headers, exchange, endpointAt(authority), 'preserve'));
  expect(sent.map((head) => head.getAll('x-attempt'))).toEqual([
    ['a:1', 'again'],
    ['b:2', 'again'],
  ]);
  expect(headers.has('x-attempt')).toBe(false);
});
