import { expect, test } from 'vitest';
import { coreError, coreErrors, defineErrors, isProxyError, ProxyError } from './errors.ts';

const table = { SLUICE_A: { source: 'upstream', stage: 'connect', retry: 'safe' } } as const;

test('the code decides the facts', () => {
  const error = coreError('SLUICE_NO_ENDPOINT', 'none');
  expect(error).toMatchObject({ code: 'SLUICE_NO_ENDPOINT', ...coreErrors.SLUICE_NO_ENDPOINT, message: 'none' });
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe('ProxyError');
});

test('keeps the cause, also one that is undefined, and overrides only the retry', () => {
  const makeError = defineErrors(table);
  const cause = new Error('behind');
  expect(makeError('SLUICE_A', 'a', { cause }).cause).toBe(cause);
  expect('cause' in makeError('SLUICE_A', 'a', { cause: undefined })).toBe(true);
  expect('cause' in makeError('SLUICE_A', 'a')).toBe(false);
  expect(makeError('SLUICE_A', 'a', { retry: 'never' })).toMatchObject({ ...table.SLUICE_A, retry: 'never' });
  expect(table.SLUICE_A.retry).toBe('safe');
});

test('is recognised by its brand, not by its class', () => {
  const fromAnotherCopy = Object.assign(new Error('a'), { [Symbol.for('sluice.ProxyError')]: true });
  expect(isProxyError(new ProxyError('SLUICE_A', table.SLUICE_A, 'a'))).toBe(true);
  expect(isProxyError(fromAnotherCopy)).toBe(true);
  for (const other of [new Error('a'), undefined, null, 'SLUICE_A', { code: 'SLUICE_A' }])
    expect(isProxyError(other)).toBe(false);
});

test('the table can not be changed', () => {
  expect(Object.isFrozen(coreErrors)).toBe(true);
  expect(Object.values(coreErrors).every((facts) => Object.isFrozen(facts))).toBe(true);
});
