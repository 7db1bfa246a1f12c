// OCSP responses of an authority of ours, made by openssl.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Certificate } from './certificates.ts';
import { createProgramFolder, runProgram } from './debian-program.ts';

/** What a response says, in the words of openssl's index. */
const statusLetters = { good: 'V', revoked: 'R', unknown: 'V' } as const;

export interface OcspResponseOptions {
  readonly status?: keyof typeof statusLetters;
  /** For how many days it is good. @defaultValue for ever: there is no `nextUpdate` */
  readonly days?: number;
}

/** Makes a response in DER form, signed by the authority itself. */
export async function createOcspResponse(
  authority: Certificate,
  certificate: Certificate,
  { status = 'good', days }: OcspResponseOptions = {},
): Promise<Buffer> {
  const { serialNumber } = new X509Certificate(certificate.cert);
  const revokedAt = status === 'revoked' ? '250101000000Z' : '';
  // An unknown certificate is one that is not in the index.
  const listed = status === 'unknown' ? '01' : serialNumber;
  const folder = createProgramFolder({
    'ca.pem': authority.cert,
    'ca.key': authority.key,
    'index.txt': `${statusLetters[status]}\t491231235959Z\t${revokedAt}\t${listed}\tunknown\t/CN=x\n`,
  });
  const at = (name: string): string => path.join(folder, name);
  const signer = ['-index', at('index.txt'), '-CA', at('ca.pem'), '-rsigner', at('ca.pem'), '-rkey', at('ca.key')];
  const asked = ['-issuer', at('ca.pem'), '-serial', `0x${serialNumber}`, '-no_nonce', '-noverify'];
  const validity = days === undefined ? [] : ['-ndays', String(days)];
  await runProgram('openssl', ['ocsp', ...signer, ...asked, ...validity, '-respout', at('response.der')]);
  return readFileSync(at('response.der'));
}
