import { coreError, type ProxyError } from '@sluice/core';
import { expect, test } from 'vitest';
import { httpError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { fallbackCondition, mayAskElsewhere } from './fallback-conditions.ts';

const sent = httpError('SLUICE_SEND_FAILED', 'died');
const unsent = httpError('SLUICE_SEND_FAILED', 'not sent', { retry: 'safe' });
const nobody = coreError('SLUICE_NO_ENDPOINT', 'nobody');

function exchangeWith(method: string, attempts: readonly ProxyError[], fields: readonly string[] = []): Exchange {
  return {
    request: { method, headers: createHeaderList(fields) },
    attempts: attempts.map((error) => ({ endpointId: 'a', error })),
  } as unknown as Exchange;
}

test.each([
  [nobody, 'no-endpoint'],
  [coreError('SLUICE_DISCOVERY_FAILED', ''), 'no-endpoint'],
  [coreError('SLUICE_CIRCUIT_OPEN', ''), 'circuit-open'],
  [coreError('SLUICE_QUEUE_FULL', ''), 'overloaded'],
  [coreError('SLUICE_QUEUE_TIMEOUT', ''), 'overloaded'],
  [sent, 'failed'],
  [httpError('SLUICE_RESPONSE_TIMEOUT', ''), 'failed'],
  [httpError('SLUICE_CLIENT_ABORTED', ''), undefined],
  [httpError('SLUICE_TOTAL_TIMEOUT', ''), undefined],
  [httpError('SLUICE_LOOP_DETECTED', ''), undefined],
  [httpError('SLUICE_INTERNAL', ''), undefined],
  [coreError('SLUICE_SHUTTING_DOWN', ''), undefined],
] as const)('$code is $1', (error, condition) => {
  expect(fallbackCondition(error)).toBe(condition);
});

test('what may be repeated goes elsewhere, as long as its body is there', () => {
  expect(mayAskElsewhere(exchangeWith('GET', [sent]), sent, true)).toBe(true);
  expect(mayAskElsewhere(exchangeWith('GET', []), nobody, false)).toBe(false);
  expect(mayAskElsewhere(exchangeWith('POST', [sent], ['Idempotency-Key', '1']), sent, true)).toBe(true);
});

test('the rest only when it has reached nobody', () => {
  expect(mayAskElsewhere(exchangeWith('POST', []), nobody, true)).toBe(true);
  expect(mayAskElsewhere(exchangeWith('POST', [unsent]), unsent, true)).toBe(true);
  expect(mayAskElsewhere(exchangeWith('POST', [unsent, sent]), sent, true)).toBe(false);
  expect(mayAskElsewhere(exchangeWith('POST', [sent]), nobody, true)).toBe(false);
});
