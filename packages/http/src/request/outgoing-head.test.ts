import { expect, test } from 'vitest';
import type { Exchange } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { addressHead, outgoingHead } from './outgoing-head.ts';

function exchangeWith(...fields: string[]): Exchange {
  return {
    request: { version: '1.1', headers: createHeaderList(['Host', 'shop.example', ...fields]) },
  } as unknown as Exchange;
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
    addressHead(headers, exchange, '127.0.0.1:3000', policy);
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
    addressHead(headers, exchange, authority, 'preserve');
    return headers.get('host');
  });
  expect(hosts).toEqual(['127.0.0.1:3000', '127.0.0.1:3001']);
});
