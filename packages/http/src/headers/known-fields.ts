// The fields that the proxy itself has to do with, numbered. A head looks each of its names up once, and from then on knows without a search which
// of them it has. A name that is not in the list works as well; it is only searched for.
import { isNameAt } from './field-syntax.ts';

const names: readonly string[] = [
  'Host Connection Keep-Alive Proxy-Connection TE Trailer Transfer-Encoding Upgrade Content-Length Expect Date Via Server',
  'X-Powered-By Location Content-Location Refresh Set-Cookie HTTP2-Settings Proxy Proxy-Authenticate Proxy-Authentication-Info',
  'Proxy-Authorization Forwarded X-Forwarded-For X-Forwarded-Host X-Forwarded-Port X-Forwarded-Proto X-Forwarded X-Real-IP',
  'X-Client-IP X-Cluster-Client-IP True-Client-IP CF-Connecting-IP CF-Connecting-IPv6 Fastly-Client-IP X-Forwarded-Protocol',
  'X-Forwarded-Scheme X-Forwarded-SSL X-URL-Scheme Front-End-HTTPS X-Forwarded-Server X-Forwarded-Prefix X-Original-Host',
  'X-Original-URL X-Rewrite-URL Client-Cert Client-Cert-Chain X-Forwarded-Client-Cert',
].flatMap((line) => line.split(' '));

/** The number of every name that is not in the list and has no `_`. */
export const unknownField = 0;
/** The number of every name with a `_`: some servers read it as a `-`. */
export const misspeltField = 1;
const firstKnown = 2;

/** Which fields there are: bit `n` stands for the fields of number `n`. */
export interface FieldBits {
  /** Numbers 0 to 31. */
  readonly low: number;
  /** Numbers 32 to 63. */
  readonly high: number;
}

const longest = names.reduce((length, name) => Math.max(length, name.length), 0);
/** The first number of a bucket; names of one length whose last letters agree in five bits share one. */
const first = new Uint8Array((longest + 1) * 32);
/** The next number in the same bucket. */
const next = new Uint8Array(64);
/** Names by number, in two spellings: as our code looks for them, and as it writes them. */
const known: readonly string[] = ['', '', ...names.map((name) => name.toLowerCase())];
const written: readonly string[] = ['', '', ...names];

for (let number = firstKnown; number < known.length; number++) {
  const name = known[number] as string;
  const bucket = name.length * 32 + (name.charCodeAt(name.length - 1) & 31);
  next[number] = first[bucket] as number;
  first[bucket] = number;
}

/** The number of the name from `start` to `end` of a text; letter case does not count. */
export function fieldNumberAt(text: string, start: number, end: number): number {
  const number = knownNumberAt(text, start, end);
  if (number !== unknownField) return number;
  for (let at = start; at < end; at++) if (text.charCodeAt(at) === 0x5f) return misspeltField;
  return unknownField;
}

/** The same for a name without a `_`. */
export function knownNumberAt(text: string, start: number, end: number): number {
  const length = end - start;
  if (length > longest) return unknownField;
  let number = first[length * 32 + (text.charCodeAt(end - 1) & 31)] as number;
  while (number !== 0 && !isNameAt(text, start, known[number] as string)) number = next[number] as number;
  return number;
}

/** The number of a name; letter case does not count. */
export function fieldNumber(name: string): number {
  const { length } = name;
  // Nearly all who ask have one of the two texts that stand here.
  if (length <= longest) {
    const number = first[length * 32 + (name.charCodeAt(length - 1) & 31)] as number;
    if (number !== 0 && (known[number] === name || written[number] === name)) return number;
  }
  return fieldNumberAt(name, 0, length);
}

/** Whether the number stands for one name only. */
export function isKnownField(number: number): boolean {
  return number >= firstKnown;
}

/** The bits of some names. */
export function fieldBits(of: Iterable<string>): FieldBits {
  let low = 0;
  let high = 0;
  for (const name of of) {
    const number = fieldNumber(name);
    if (number < 32) low |= 1 << number;
    else high |= 1 << (number - 32);
  }
  return { low, high };
}

/** Whether the bit of a number is set. */
export function hasBit({ low, high }: FieldBits, number: number): boolean {
  return (((number < 32 ? low : high) >>> (number & 31)) & 1) === 1;
}
