import { createManualClock } from '@sluice/core';
import { expect, test } from 'vitest';
import { createAddressList } from '../address-list.ts';
import { Admission, admissionError, type AdmissionRules } from './admission.ts';
import { tcpLimitDefaults } from './tcp-limits.ts';

function createAdmission({ limits, ...lists }: Partial<AdmissionRules>, clock = createManualClock(5_000)): Admission {
  return new Admission(
    { allow: undefined, deny: undefined, ...lists, limits: { ...tcpLimitDefaults, ...limits } },
    clock,
  );
}

test('everybody may come in by default', () => {
  const admission = createAdmission({});
  expect(['10.0.0.1', '::1', ''].map((address) => admission.enter(address, false))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('who is denied may not, nor who is not allowed; denied goes before allowed', () => {
  const admission = createAdmission({
    allow: createAddressList(['10.0.0.0/8']),
    deny: createAddressList(['10.6.0.0/16']),
  });
  expect(admission.enter('10.1.0.1', false)).toBeUndefined();
  expect(admission.enter('10.6.0.1', false)).toBe('SLUICE_CLIENT_DENIED');
  expect(admission.enter('192.0.2.1', false)).toBe('SLUICE_CLIENT_DENIED');
  expect(admissionError('SLUICE_CLIENT_DENIED', '10.6.0.1')).toMatchObject({
    message: '10.6.0.1 may not connect',
    source: 'downstream',
  });
});

test('no more than the limit are in at a time', () => {
  const admission = createAdmission({ limits: { ...tcpLimitDefaults, maxConnections: 2 } });
  expect([1, 2, 3].map(() => admission.enter('10.0.0.1', false))).toEqual([
    undefined,
    undefined,
    'SLUICE_CONNECTIONS_FULL',
  ]);
  admission.leave('10.0.0.1');
  expect(admission.enter('10.0.0.1', false)).toBeUndefined();
});

test('no more than the limit of one address are in at a time, and a refused one does not count', () => {
  const admission = createAdmission({
    limits: { ...tcpLimitDefaults, maxConnections: 3, maxConnectionsPerAddress: 1 },
  });
  expect(admission.enter('10.0.0.1', false)).toBeUndefined();
  for (let count = 0; count < 5; count++) {
    expect(admission.enter('10.0.0.1', false)).toBe('SLUICE_CONNECTIONS_PER_ADDRESS');
  }
  expect(admission.enter('10.0.0.2', false)).toBeUndefined();
  admission.leave('10.0.0.1');
  expect(admission.enter('10.0.0.1', false)).toBeUndefined();
});

test('a proxy that speaks for others counts as those', () => {
  const admission = createAdmission({
    deny: createAddressList(['10.6.0.0/16']),
    limits: { ...tcpLimitDefaults, maxConnectionsPerAddress: 1 },
  });
  const proxy = '192.0.2.1';
  expect([1, 2, 3].map(() => admission.enter(proxy, true))).toEqual([undefined, undefined, undefined]);
  expect(admission.count('10.0.0.1')).toBeUndefined();
  expect(admission.count('10.0.0.1')).toBe('SLUICE_CONNECTIONS_PER_ADDRESS');
  expect(admission.count('10.6.0.1')).toBe('SLUICE_CLIENT_DENIED');
  admission.leave('10.0.0.1');
  expect(admission.count('10.0.0.1')).toBeUndefined();
});

test('the rate lets as many in at once as in a second, and then as they are earned', () => {
  const clock = createManualClock(5_000);
  const admission = createAdmission({ limits: { ...tcpLimitDefaults, maxAcceptsPerSecond: 10 } }, clock);
  const enterMany = (count: number): number =>
    Array.from({ length: count }, () => admission.enter('10.0.0.1', false)).filter((code) => code === undefined).length;
  expect(enterMany(20)).toBe(10);
  clock.advance(99);
  expect(enterMany(1)).toBe(0);
  clock.advance(1);
  expect(enterMany(2)).toBe(1);
  clock.advance(3_600_000);
  expect(enterMany(20)).toBe(10);
});
