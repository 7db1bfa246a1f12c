// Which certificates clients must have (mTLS): who vouches for them, what is revoked, and what keeps old sessions out when that changes.
import type { OptionsReader } from '@sluice/core';
import { createHash, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { readPemsAndFile, type Pem, type ReadFile } from './pem.ts';

/** What clients must prove about themselves. */
export interface ClientCertificateOptions {
  /**
   * - `require`: who has no certificate of the authorities is refused.
   * - `request`: everybody is let in; whether the client has a certificate, and whether it is verified, is for you to look at.
   * - `none`: nobody is asked.
   *
   * @defaultValue `'require'`
   */
  readonly mode?: 'none' | 'request' | 'require';
  /** The authorities that vouch for clients, in PEM form. Never those that come with Node: anybody can get a certificate from them. */
  readonly ca?: Pem | readonly Pem[];
  /** The file that holds `ca`. */
  readonly caFile?: string;
  /** Lists of revoked certificates in PEM form: one of each authority in the chain, or its clients are refused. Lists expire. */
  readonly crl?: Pem | readonly Pem[];
  /** The file that holds `crl`. */
  readonly crlFile?: string;
}

/** `ClientCertificateOptions`, complete and checked. */
export interface ResolvedClientCertificates {
  readonly mode: 'none' | 'request' | 'require';
  /** Never `undefined`, which would mean the authorities that come with Node. */
  readonly ca: Pem[];
  readonly crl: Pem[] | undefined;
  /** Sessions are resumed without another look at the client's certificate, so they must not outlive what it was verified with. */
  readonly sessionIdContext: string;
}

/** Reads `ClientCertificateOptions`; `undefined` in the options is `none`. */
export function readClientCertificates(reader: OptionsReader, readFile: ReadFile): ResolvedClientCertificates {
  if (!reader.has('clientCertificates')) return seal('none', [], undefined);
  return reader.nested('clientCertificates', (own) => {
    const mode = own.choice('mode', ['none', 'request', 'require'], { default: 'require' });
    const ca = readPemsAndFile(own, 'ca', readFile, (pem) => new X509Certificate(pem));
    const crl = readPemsAndFile(own, 'crl', readFile, (pem) => createSecureContext({ ca: [], crl: pem }));
    if (mode !== 'none' && !own.has('ca') && !own.has('caFile')) {
      own.issue('ca', 'is missing, and so is caFile: nobody vouches for clients');
    }
    return seal(mode, ca, crl.length > 0 ? crl : undefined);
  });
}

function seal(mode: ResolvedClientCertificates['mode'], ca: Pem[], crl: Pem[] | undefined): ResolvedClientCertificates {
  const hash = createHash('sha256').update(mode);
  for (const pem of [...ca, 'crl', ...(crl ?? [])]) hash.update('\0').update(pem);
  // OpenSSL takes 32 bytes.
  return { mode, ca, crl, sessionIdContext: hash.digest('hex').slice(0, 32) };
}
