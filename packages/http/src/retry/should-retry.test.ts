import { expect, test } from 'vitest';
import { httpError } from '../errors.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { isIdempotent, isRepeatable, shouldRetry, shouldRetryStatus, type RepeatedRequest } from './should-retry.ts';

const statuses = { has: (status: number) => status === 503, text: '503' };
const usual = { maxAttempts: 3, on: new Set(['connect'] as const), statuses };
const eager = { ...usual, on: new Set(['connect', 'unanswered', 'timeout', 'invalid', 'refused'] as const) };
const get: RepeatedRequest = { attempts: 1, isRepeatable: true, isBodyWhole: true };
const post: RepeatedRequest = { ...get, isRepeatable: false };

const sendFailed = httpError('SLUICE_SEND_FAILED', 'the connection died');
const connectFailed = httpError('SLUICE_SEND_FAILED', 'nothing was sent', { retry: 'safe' });

test('repeats whatever did not reach the endpoint, for every method', () => {
  expect(shouldRetry(connectFailed, post, usual)).toBe(true);
});

test('repeats nothing else unless asked', () => {
  expect(shouldRetry(sendFailed, get, usual)).toBe(false);
});

test.each(['SLUICE_SEND_FAILED', 'SLUICE_RESPONSE_TIMEOUT', 'SLUICE_RESPONSE_INVALID'] as const)(
  'when asked, repeats a request that failed with %s if it may be repeated',
  (code) => {
    const error = httpError(code, 'failed');
    expect([shouldRetry(error, get, eager), shouldRetry(error, post, eager)]).toEqual([true, false]);
  },
);

test('never repeats a request whose body is no longer whole', () => {
  expect(shouldRetry(connectFailed, { ...get, isBodyWhole: false }, eager)).toBe(false);
  expect(shouldRetryStatus(503, false, { ...get, isBodyWhole: false }, eager)).toBe(false);
});

test('stops after the last attempt', () => {
  expect(shouldRetry(connectFailed, { ...get, attempts: 2 }, usual)).toBe(true);
  expect(shouldRetry(connectFailed, { ...get, attempts: 3 }, usual)).toBe(false);
  expect(shouldRetryStatus(503, false, { ...get, attempts: 3 }, usual)).toBe(false);
});

test('never repeats what the client did wrong, nor what broke off in the middle', () => {
  expect(shouldRetry(httpError('SLUICE_CLIENT_ABORTED', 'gone'), get, eager)).toBe(false);
  expect(shouldRetry(httpError('SLUICE_RESPONSE_CUT', 'cut'), get, eager)).toBe(false);
});

test('repeats for the statuses of the list, and only what may be repeated', () => {
  expect(shouldRetryStatus(503, false, get, usual)).toBe(true);
  expect(shouldRetryStatus(500, false, get, usual)).toBe(false);
  expect(shouldRetryStatus(503, false, post, usual)).toBe(false);
});

test('a refusal before the body was sent is for every method, when asked for', () => {
  expect([417, 500, 503].every((status) => shouldRetryStatus(status, true, post, eager))).toBe(true);
  expect([401, 413].some((status) => shouldRetryStatus(status, true, post, eager))).toBe(false);
  expect(shouldRetryStatus(417, true, post, usual)).toBe(false);
});

test('idempotent are the methods RFC 9110 section 9.2.2 names, in upper case only', () => {
  expect(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'].every(isIdempotent)).toBe(true);
  expect(['POST', 'PATCH', 'CONNECT', 'get', 'PURGE'].some(isIdempotent)).toBe(false);
});

test('a key makes any request repeatable', () => {
  expect(isRepeatable('POST', createHeaderList())).toBe(false);
  expect(isRepeatable('POST', createHeaderList(['idempotency-key', '"1"']))).toBe(true);
});
