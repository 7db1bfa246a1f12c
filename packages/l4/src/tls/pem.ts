// Reads certificates and keys in PEM form from options, as values or from files, and checks them before the first handshake needs them.
import { describeValue, type OptionsReader } from '@sluice/core';
import { X509Certificate } from 'node:crypto';

/** Certificates or a key in PEM form. */
export type Pem = string | Buffer;

/** Reads a file, or throws. */
export type ReadFile = (path: string) => Buffer;

/** Reads one PEM value of the options; what `parse` throws is an issue. */
export function readPem(reader: OptionsReader, name: string, parse: (pem: Pem) => unknown): Pem | undefined {
  return reader.has(name) ? checkPem(reader, name, reader.raw(name), parse) : undefined;
}

/** Reads one PEM value or a list of them. OpenSSL skips what it can not read, and every handshake would fail later. */
export function readPems(reader: OptionsReader, name: string, parse: (pem: Pem) => unknown): Pem[] | undefined {
  if (!reader.has(name)) return undefined;
  const value = reader.raw(name);
  const pems: readonly unknown[] = Array.isArray(value) ? value : [value];
  return pems.flatMap((pem, index) => {
    const path = Array.isArray(value) ? `${name}[${index}]` : name;
    return checkPem(reader, path, pem, parse) ?? [];
  });
}

/** Reads the PEM file that an option names. */
export function readPemFile(
  reader: OptionsReader,
  name: string,
  readFile: ReadFile,
  parse: (pem: Pem) => unknown,
): Pem | undefined {
  const path = reader.string(name);
  if (path === undefined) return undefined;
  let pem;
  try {
    pem = readFile(path);
  } catch (error) {
    reader.issue(name, `can not be read: ${(error as Error).message}`);
    return undefined;
  }
  return checkPem(reader, name, pem, parse);
}

/** Notes that a PEM value and the file that holds it were given, both or neither. @returns whether there is exactly one */
export function hasOnePem(reader: OptionsReader, name: string): boolean {
  const file = `${name}File`;
  if (reader.has(name) !== reader.has(file)) return true;
  if (reader.has(name)) reader.issue(file, `is one too many: there is ${name}`);
  else reader.issue(name, `is missing, and so is ${file}`);
  return false;
}

/** All certificates of a PEM text, in their order. Throws when there is none, or one that can not be read. */
export function parseCertificates(pem: Pem): X509Certificate[] {
  const blocks = String(pem).match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
  // Without blocks it may be DER, and if not, the error says what it is.
  return (blocks ?? [pem]).map((block) => new X509Certificate(block));
}

function checkPem(reader: OptionsReader, path: string, value: unknown, parse: (pem: Pem) => unknown): Pem | undefined {
  if (typeof value !== 'string' && !Buffer.isBuffer(value)) {
    reader.issue(path, `must be PEM text or a Buffer of it, got ${describeValue(value)}`);
    return undefined;
  }
  try {
    parse(value);
    return value;
  } catch (error) {
    // The text itself stays out of the message: it may be a key.
    reader.issue(path, `is no PEM that can be read: ${(error as Error).message}`);
    return undefined;
  }
}
