import { expect, test } from 'vitest';
import { isCertificateVerified } from './proxy-header.ts';

test('takes no certificate for verified when none was shown', () => {
  const tls = { encrypted: true, certificateOnConnection: false, certificateInSession: false, verifyResult: 0 };
  expect(isCertificateVerified(tls)).toBe(false);
  expect(isCertificateVerified({ ...tls, certificateInSession: true })).toBe(true);
  expect(isCertificateVerified({ ...tls, certificateOnConnection: true })).toBe(true);
  expect(isCertificateVerified({ ...tls, certificateOnConnection: true, verifyResult: 18 })).toBe(false);
});
