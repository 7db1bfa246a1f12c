import { expect, test } from 'vitest';
import { httpError } from '../errors.ts';
import { isIdempotent, shouldRetry, type RetryPolicy } from './should-retry.ts';

const sendFailed = httpError('SLUICE_SEND_FAILED', 'the connection died');
const connectFailed = httpError('SLUICE_SEND_FAILED', 'nothing was sent', { retry: 'safe' });
const usual: RetryPolicy = { maxAttempts: 3, on: new Set(['connect']) };
const eager: RetryPolicy = { maxAttempts: 3, on: new Set(['connect', 'unanswered']) };

test('repeats whatever did not reach the endpoint, for every method', () => {
  expect(shouldRetry(connectFailed, 'POST', false, 1, usual)).toBe(true);
});

test('repeats nothing else unless asked', () => {
  expect(shouldRetry(sendFailed, 'GET', false, 1, usual)).toBe(false);
});

test('repeats an unanswered request only if its method is idempotent', () => {
  expect(shouldRetry(sendFailed, 'GET', false, 1, eager)).toBe(true);
  expect(shouldRetry(sendFailed, 'POST', false, 1, eager)).toBe(false);
});

test('never repeats a request whose body has begun to flow', () => {
  expect(shouldRetry(connectFailed, 'PUT', true, 1, eager)).toBe(false);
});

test('stops after the last attempt', () => {
  expect(shouldRetry(connectFailed, 'GET', false, 2, usual)).toBe(true);
  expect(shouldRetry(connectFailed, 'GET', false, 3, usual)).toBe(false);
});

test('never repeats what the client did wrong, nor what came too late', () => {
  expect(shouldRetry(httpError('SLUICE_CLIENT_ABORTED', 'gone'), 'GET', false, 1, eager)).toBe(false);
  expect(shouldRetry(httpError('SLUICE_RESPONSE_TIMEOUT', 'slow'), 'GET', false, 1, eager)).toBe(false);
});

test('idempotent are the methods RFC 9110 section 9.2.2 names, in upper case only', () => {
  expect(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].every(isIdempotent)).toBe(true);
  expect(['POST', 'PATCH', 'CONNECT', 'get', 'PURGE'].some(isIdempotent)).toBe(false);
});
