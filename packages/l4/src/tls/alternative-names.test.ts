import { expect, test } from 'vitest';
import { parseAlternativeNames } from './alternative-names.ts';

const none = { dnsNames: [], uris: [], emails: [], ipAddresses: [] };

test('sorts names by kind, and leaves out kinds that it does not know', () => {
  const text = 'DNS:a.example, DNS:*.b.example, email:a@b.example, IP Address:192.0.2.1, Registered ID:1.2.3, URI:x:y';
  expect(parseAlternativeNames(text)).toEqual({
    dnsNames: ['a.example', '*.b.example'],
    uris: ['x:y'],
    emails: ['a@b.example'],
    ipAddresses: ['192.0.2.1'],
  });
});

test('a value that looks like two stays one: it is quoted', () => {
  expect(parseAlternativeNames(String.raw`URI:"a\u002c DNS:evil.example, DNS:worse.example", DNS:b.example`)).toEqual({
    ...none,
    uris: ['a, DNS:evil.example, DNS:worse.example'],
    dnsNames: ['b.example'],
  });
});

test.each([undefined, '', 'nonsense', 'DNS', '"DNS:a.example"'])('%s has no names', (text) => {
  expect(parseAlternativeNames(text)).toEqual(none);
});

test('nothing is read behind what can not be', () => {
  expect(parseAlternativeNames('DNS:a.example, "x, DNS:b.example')).toEqual({ ...none, dnsNames: ['a.example'] });
});
