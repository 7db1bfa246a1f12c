import { expect, test } from 'vitest';
import { CertificateIndex } from './certificate-index.ts';
import type { ServerCertificate } from './server-certificate.ts';

const named = (...names: string[]): ServerCertificate => ({ names }) as unknown as ServerCertificate;

test('finds the exact name before the wildcard, which stands for one label', () => {
  const index = new CertificateIndex();
  const exact = named('a.example', 'www.a.example');
  const wildcard = named('*.a.example');
  expect([index.add(exact), index.add(wildcard)]).toEqual([undefined, undefined]);
  const found = (name: string) => index.find(name);
  expect(found('a.example')).toBe(exact);
  expect(found('www.a.example')).toBe(exact);
  expect(found('x.a.example')).toBe(wildcard);
  expect(['x.y.a.example', 'b.example', 'example', '', '.', '*'].map(found)).toEqual(Array(6).fill(undefined));
});

test('a certificate with a name that is taken is not added at all', () => {
  const index = new CertificateIndex();
  const first = named('a.example');
  index.add(first);
  expect(index.add(named('b.example', 'a.example'))).toBe('a.example');
  expect(index.find('b.example')).toBeUndefined();
  expect(index.find('a.example')).toBe(first);
});
