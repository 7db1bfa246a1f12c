// The names that a certificate is served for: those of its owner, or those that it has itself.
import { describeValue, type OptionsReader } from '@sluice/core';
import type { X509Certificate } from 'node:crypto';
import { normalizeHostName } from '../host-name.ts';
import { parseAlternativeNames } from './alternative-names.ts';

/** Reads `names`. */
export function readCertificateNames(reader: OptionsReader, leaf: X509Certificate | undefined): readonly string[] {
  if (!reader.has('names')) return leaf === undefined ? [] : dnsNames(leaf);
  return reader.list('names', (value, path) => {
    const name = typeof value === 'string' ? normalizeHostName(value) : undefined;
    if (name !== undefined) return name;
    reader.issue(path, `must be a host name, or *. and one, got ${describeValue(value)}`);
    return undefined;
  });
}

/** The DNS names of a certificate. Those that no client can ask for are left out. */
function dnsNames(leaf: X509Certificate): readonly string[] {
  const names = parseAlternativeNames(leaf.subjectAltName).dnsNames.map(normalizeHostName);
  return [...new Set(names)].filter((name) => name !== undefined);
}
