import { resolveOptions, systemClock, type Upstream } from '@sluice/core';
import { expect, test } from 'vitest';
import { emptyBody } from '../body/body.ts';
import { ProxyExchange } from '../exchange.ts';
import { readClientResolver } from '../headers/client-resolver.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { cleanHead } from './clean-head.ts';

function cleaned(...fields: string[]): ProxyExchange {
  const request = {
    method: 'POST',
    target: '/',
    version: '1.1',
    headers: createHeaderList(['Host', 'shop.example', ...fields]),
    body: emptyBody,
    expectContinue: false,
    upgrade: undefined,
  } as const;
  const connection = { remoteAddress: '192.0.2.7', remotePort: 4000, localPort: 80, secure: false };
  const home = {
    upstream: {} as Upstream,
    resolveClient: resolveOptions({}, 'proxy', (reader) => readClientResolver(reader, 'x-forwarded')),
    nextId: () => '1',
    clock: systemClock,
    totalMs: Infinity,
  };
  const exchange = new ProxyExchange({ request, connection, inform: () => {} }, home);
  cleanHead(exchange, 'x-forwarded');
  return exchange;
}

test('leaves end-to-end fields, and tells the truth about the client', () => {
  const { request, client } = cleaned(
    'X-Forwarded-For',
    '6.6.6.6',
    'Accept',
    '*/*',
    'Connection',
    'X-Hop',
    'X-Hop',
    '1',
  );
  expect(Object.fromEntries(request.headers)).toEqual({
    Host: 'shop.example',
    Accept: '*/*',
    'X-Forwarded-For': '192.0.2.7',
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Host': 'shop.example',
    'X-Forwarded-Port': '80',
  });
  expect(client.address).toBe('192.0.2.7');
});

test('drops framing and expectation, which belong to the connection', () => {
  const { request } = cleaned('Content-Length', '5', 'Expect', '100-continue', 'Transfer-Encoding', 'chunked');
  expect(['content-length', 'expect', 'transfer-encoding'].some((name) => request.headers.has(name))).toBe(false);
});

test('what middleware adds afterwards can not be stripped by the client', () => {
  const { request } = cleaned('Connection', 'X-User');
  request.headers.set('X-User', 'alice');
  expect(request.headers.get('x-user')).toBe('alice');
});
