// Reads certificates and keys in PEM form from options, as values or from files, and checks them before the first handshake needs them.
import { describeValue, type OptionsReader } from '@sluice/core';
import { X509Certificate } from 'node:crypto';

/** Certificates or a key in PEM form. */
export type Pem = string | Buffer;

/** Reads a file, or throws. */
export type ReadFile = (path: string) => Buffer;

/** Understands a PEM value, or throws. */
export type ParsePem = (pem: Pem) => unknown;

/** Reads one PEM value of the options; what `parse` throws is an issue. */
export function readPem(reader: OptionsReader, name: string, parse: ParsePem): Pem | undefined {
  return reader.has(name) ? checkPem(reader, name, reader.raw(name), parse) : undefined;
}

/** Reads one PEM value or a list of them. OpenSSL skips what it can not read, and every handshake would fail later. */
export function readPems(reader: OptionsReader, name: string, parse: ParsePem): Pem[] | undefined {
  if (!reader.has(name)) return undefined;
  const value = reader.raw(name);
  const pems: readonly unknown[] = Array.isArray(value) ? value : [value];
  return pems.flatMap((pem, index) => {
    const path = Array.isArray(value) ? `${name}[${index}]` : name;
    return checkPem(reader, path, pem, parse) ?? [];
  });
}

/** The same for the file that `nameFile` names, and for both together. */
export function readPemsAndFile(reader: OptionsReader, name: string, readFile: ReadFile, parse: ParsePem): Pem[] {
  const pems = readPems(reader, name, parse) ?? [];
  const fromFile = readPemFile(reader, `${name}File`, readFile, parse);
  return fromFile === undefined ? pems : [...pems, fromFile];
}

/** Reads a PEM value, or the file that `nameFile` names: there has to be one of them. It is not looked at yet. */
export function readPemOrFile(reader: OptionsReader, name: string, readFile: ReadFile): Pem | undefined {
  const file = `${name}File`;
  const isValue = reader.has(name);
  if (isValue && reader.has(file)) reader.issue(file, `is one too many: there is ${name}`);
  else if (isValue) return readPem(reader, name, () => {});
  else if (reader.has(file)) return readPemFile(reader, file, readFile, () => {});
  else reader.issue(name, `is missing, and so is ${file}`);
  return undefined;
}

/** Looks at a value of `readPemOrFile`; what `parse` throws is an issue. */
export function parsePem<Value>(
  reader: OptionsReader,
  name: string,
  pem: Pem | undefined,
  parse: (pem: Pem) => Value,
): Value | undefined {
  let value: Value | undefined;
  if (pem !== undefined) checkPem(reader, pemOption(reader, name), pem, (text) => (value = parse(text)));
  return value;
}

/** Where a value of `readPemOrFile` stands. */
export function pemOption(reader: OptionsReader, name: string): string {
  return reader.has(name) ? name : `${name}File`;
}

/** All certificates of a PEM text, in their order. Throws when there is none, or one that can not be read. */
export function parseCertificates(pem: Pem): X509Certificate[] {
  const blocks = String(pem).match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
  // Without blocks it may be DER, and if not, the error says what it is.
  return (blocks ?? [pem]).map((block) => new X509Certificate(block));
}

function readPemFile(reader: OptionsReader, name: string, readFile: ReadFile, parse: ParsePem): Pem | undefined {
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

function checkPem(reader: OptionsReader, path: string, value: unknown, parse: ParsePem): Pem | undefined {
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
