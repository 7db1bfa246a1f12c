// Lists of revoked certificates of an authority of ours, made by openssl.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Certificate } from './certificates.ts';
import { createProgramFolder, runProgram } from './debian-program.ts';

/** Makes a list in PEM form, good from now for a day or as long as it is told, as `YYMMDDHHMMSSZ`. */
export async function createRevocationList(
  authority: Certificate,
  revoked: readonly Certificate[],
  validity?: { readonly from: string; readonly to: string },
): Promise<string> {
  const lines = revoked.map(({ cert }) => {
    const { serialNumber } = new X509Certificate(cert);
    return `R\t491231235959Z\t250101000000Z\t${serialNumber}\tunknown\t/CN=x\n`;
  });
  const folder = createProgramFolder({
    'ca.pem': authority.cert,
    'ca.key': authority.key,
    'index.txt': lines.join(''),
  });
  const at = (name: string): string => path.join(folder, name);
  const config = createProgramFolder({
    'ca.cnf': `[ca]\ndefault_ca = test\n[test]\ndatabase = ${at('index.txt')}\ndefault_md = sha256\n`,
  });
  const signer = ['-config', path.join(config, 'ca.cnf'), '-cert', at('ca.pem'), '-keyfile', at('ca.key')];
  const times = validity ? ['-crl_lastupdate', validity.from, '-crl_nextupdate', validity.to] : ['-crldays', '1'];
  await runProgram('openssl', ['ca', '-gencrl', ...signer, ...times, '-out', at('list.pem')]);
  return readFileSync(at('list.pem'), 'utf8');
}
