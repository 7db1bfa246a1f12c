import { expect, test } from 'vitest';
import { emptyBody } from '../body/body.ts';
import type { ExchangeRequest } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { answerAsLast, countForward } from './max-forwards.ts';

function request(method: string, ...values: string[]): ExchangeRequest {
  const headers = createHeaderList(values.flatMap((value) => ['Max-Forwards', value]));
  return { method, target: '*', version: '1.1', headers, body: emptyBody, expectContinue: false, upgrade: undefined };
}

function passedOn(asked: ExchangeRequest): string[] {
  const outgoing = asked.headers.clone();
  countForward(asked, outgoing);
  return outgoing.getAll('max-forwards');
}

test('a request that may pass no other proxy is answered here', () => {
  expect(answerAsLast(request('OPTIONS', '0'))).toMatchObject({ status: 204 });
  expect(answerAsLast(request('TRACE', '00'))).toMatchObject({ status: 405 });
  expect(answerAsLast(request('OPTIONS', '0'))?.headers.get('allow')).toMatch(/GET.*OPTIONS/);
});

test.each([['1'], ['9'], ['-0'], ['0x0'], [''], ['0, 0'], []])('OPTIONS with %j goes on', (...values) => {
  expect(answerAsLast(request('OPTIONS', ...values))).toBeUndefined();
});

test('each proxy takes one off', () => {
  expect(passedOn(request('TRACE', '10'))).toEqual(['9']);
  expect(passedOn(request('OPTIONS', '1', '7'))).toEqual(['0']);
  expect(passedOn(request('OPTIONS', '99999999999999999999999'))).toEqual(['255']);
});

test('what is no number, and what other methods say, stays as it is', () => {
  expect(passedOn(request('OPTIONS', 'x'))).toEqual(['x']);
  expect(passedOn(request('OPTIONS'))).toEqual([]);
  expect(passedOn(request('GET', '0'))).toEqual(['0']);
  expect(answerAsLast(request('GET', '0'))).toBeUndefined();
});
