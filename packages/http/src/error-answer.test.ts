import { coreError } from '@sluice/core';
import { expect, test } from 'vitest';
import { readBody } from './body/read-body.ts';
import { errorAnswer, toProxyError } from './error-answer.ts';
import { httpError, httpErrors } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { createHeaderList } from './headers/header-list.ts';

function exchangeThatAccepts(accept: string): Exchange {
  return { id: 'abc-1', request: { headers: createHeaderList(['Accept', accept]) } } as unknown as Exchange;
}

test('answers with one line of text: status, code and the id of the exchange', async () => {
  const response = errorAnswer(httpError('SLUICE_SEND_FAILED', 'secret 10.0.0.7'), exchangeThatAccepts('*/*'));
  expect(response.status).toBe(502);
  expect((await readBody(response.body, 1000)).toString()).toBe(
    '502 Bad Gateway: SLUICE_SEND_FAILED (request abc-1)\n',
  );
  expect(response.headers.get('proxy-status')).toBe('sluice; error=connection_terminated');
  expect(response.headers.get('cache-control')).toBe('no-store');
});

test('answers with JSON to a client that asks for it, and never with the message or the cause', async () => {
  const error = httpError('SLUICE_RESPONSE_TIMEOUT', 'no head from 10.0.0.7', { cause: new Error('secret') });
  const response = errorAnswer(error, exchangeThatAccepts('application/json'));
  const text = (await readBody(response.body, 1000)).toString();
  expect(JSON.parse(text)).toEqual({
    error: { status: 504, code: 'SLUICE_RESPONSE_TIMEOUT', message: 'Gateway Timeout', requestId: 'abc-1' },
  });
  expect(text).not.toMatch(/secret|10\.0/);
});

test('a 503 says when to try again', () => {
  const response = errorAnswer(coreError('SLUICE_QUEUE_FULL', 'full'), exchangeThatAccepts('*/*'));
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
});

test('the client is told that it is to blame exactly when it is', () => {
  for (const [code, { source }] of Object.entries(httpErrors)) {
    const { status } = errorAnswer(httpError(code as keyof typeof httpErrors, 'x'), exchangeThatAccepts('*/*'));
    // 505 is the one answer above 499 to something that the client did (RFC 9110 section 15.6.6).
    expect(status < 500 || status === 505, code).toBe(source === 'downstream');
  }
});

test('anything else that is thrown is an internal error that keeps its cause', () => {
  const cause = new TypeError('bug');
  expect(toProxyError(cause)).toMatchObject({ code: 'SLUICE_INTERNAL', cause });
});
