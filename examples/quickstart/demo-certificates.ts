// Makes X.509 certificates for examples and tests, in memory: no openssl on the machine needed, no file that expires. RFC 5280, in as much DER as that takes.

import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { isIP, SocketAddress } from 'node:net';

/** A certificate with its key. */
export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM (PKCS #8). */
  readonly key: string;
}

/** An authority that nobody trusts who does not know it. */
export interface CertificateAuthority extends Certificate {
  /** A certificate for host names and IP addresses, valid from an hour ago for a day. */
  issue(names: readonly string[], validity?: { readonly from: Date; readonly to: Date }): Certificate;
}

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  utcTime: 0x17,
};

// Object identifiers, encoded: 1.2.840.10045.4.3.2, 2.5.4.3, 2.5.29.19, 2.5.29.17.
const ecdsaWithSha256 = der(tag.sequence, der(tag.oid, Buffer.from('2a8648ce3d040302', 'hex')));
const commonName = Buffer.from('550403', 'hex');
const basicConstraints = Buffer.from('551d13', 'hex');
const subjectAltName = Buffer.from('551d11', 'hex');

const hourMs = 3_600_000;

export function createCertificateAuthority(name = 'Test Authority'): CertificateAuthority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = extension(basicConstraints, der(tag.sequence, der(tag.boolean, Buffer.of(0xff))));
  const issue = (subject: string, publicKey: KeyObject, extensions: Buffer, from: Date, to: Date): string =>
    signCertificate({ issuer: name, subject, publicKey, extensions, from, to }, pair.privateKey);
  return {
    cert: issue(name, pair.publicKey, isAuthority, hoursFromNow(-1), hoursFromNow(23)),
    key: exportKey(pair.privateKey),
    issue(names, validity = { from: hoursFromNow(-1), to: hoursFromNow(23) }) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const alternatives = extension(subjectAltName, der(tag.sequence, ...names.map(generalName)));
      const cert = issue(names[0] ?? 'nobody', publicKey, alternatives, validity.from, validity.to);
      return { cert, key: exportKey(privateKey) };
    },
  };
}

interface Contents {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly extensions: Buffer;
  readonly from: Date;
  readonly to: Date;
}

function signCertificate(contents: Contents, signingKey: KeyObject): string {
  const publicKey = contents.publicKey.export({ type: 'spki', format: 'der' });
  // A serial number of its own for each key; the first bit is 0, or the number would be negative.
  const serial = createHash('sha256').update(publicKey).digest().subarray(0, 16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const signed = der(
    tag.sequence,
    der(0xa0, der(tag.integer, Buffer.of(2))),
    der(tag.integer, serial),
    ecdsaWithSha256,
    distinguishedName(contents.issuer),
    der(tag.sequence, time(contents.from), time(contents.to)),
    distinguishedName(contents.subject),
    publicKey,
    der(0xa3, der(tag.sequence, contents.extensions)),
  );
  const signature = der(tag.bitString, Buffer.of(0), sign('sha256', signed, signingKey));
  const base64 = der(tag.sequence, signed, ecdsaWithSha256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

function distinguishedName(name: string): Buffer {
  const attribute = der(tag.sequence, der(tag.oid, commonName), der(tag.utf8, Buffer.from(name)));
  return der(tag.sequence, der(tag.set, attribute));
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/\.\d+|[-:T]/g, '');
  // Two digits for the year, until 2049 (RFC 5280 section 4.1.2.5).
  return der(tag.utcTime, Buffer.from(digits.slice(2)));
}

function generalName(name: string): Buffer {
  const family = isIP(name);
  if (family === 0) return der(0x82, Buffer.from(name));
  return der(0x87, family === 4 ? Buffer.from(name.split('.').map(Number)) : ipv6Bytes(name));
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = new SocketAddress({ address, family: 'ipv6' }).address.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.from([...before, ...zeros, ...after].map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function extension(oid: Buffer, value: Buffer): Buffer {
  return der(tag.sequence, der(tag.oid, oid), der(tag.octetString, value));
}

/** One DER value: tag, length, contents. */
function der(tagByte: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  const { length } = body;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tagByte, ...size), body]);
}

function exportKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function hoursFromNow(hours: number): Date {
  return new Date(Date.now() + hours * hourMs);
}
