import { createManualClock } from '@sluice/core';
import { expect, test } from 'vitest';
import { ExpiryNotices } from './expiry-notices.ts';
import type { CertificateInfo } from './server-certificate.ts';

const dayMs = 86_400_000;
const certificate = (name: string, validToMs: number): CertificateInfo => ({
  names: [name],
  isDefault: false,
  fingerprint256: name,
  validFromMs: 0,
  validToMs,
});

function watch(certificates: readonly CertificateInfo[], noticeMs = 2 * dayMs) {
  const clock = createManualClock(10 * dayMs);
  const told: string[] = [];
  const notices = new ExpiryNotices({
    clock,
    noticeMs: () => noticeMs,
    certificates: () => certificates,
    onNoticed: ({ names }) => told.push(...names),
  });
  return { clock, told, notices };
}

test('tells of what expires soon or has expired: soon, so that somebody can listen, and then twice a day', async () => {
  const { clock, told, notices } = watch([
    certificate('expired', 9 * dayMs),
    certificate('soon', 12 * dayMs),
    certificate('later', 12 * dayMs + 1),
  ]);
  expect(told).toEqual([]);
  await Promise.resolve();
  expect(told.splice(0)).toEqual(['expired', 'soon']);
  clock.advance(dayMs / 2);
  expect(told.splice(0)).toEqual(['expired', 'soon', 'later']);
  notices.lookSoon();
  notices.close();
  await Promise.resolve();
  clock.advance(dayMs);
  expect(told).toEqual([]);
  expect(clock.pendingTimers).toBe(0);
});

test('tells nothing where that is not wanted', async () => {
  const { told } = watch([certificate('expired', 0)], Infinity);
  await Promise.resolve();
  expect(told).toEqual([]);
});
