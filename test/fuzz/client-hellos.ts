// Damaged ClientHellos: read whole and in pieces they must be the same, and one that OpenSSL takes must not be read as something else.
import { ClientHelloError, type ClientHello } from '@sluice/l4';
import { isIP } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { ClientHelloReader } from '../../packages/l4/src/client-hello/parse-client-hello.ts';
import { makeClientHello } from './client-hello-grammar.ts';
import { Dice } from './dice.ts';
import { split } from './mutators.ts';
import { readWithOpenssl, type OpensslReading } from './openssl-hellos.ts';
import { countVerdict, type VerdictTally } from './verdict-tally.ts';

/** Reads `count` hellos from the seed on, whole and in pieces, and adds what that shows to the tally. */
export function runClientHelloCases(seed: number, count: number, tally: VerdictTally): void {
  for (let index = seed; index < seed + count; index++) {
    const dice = new Dice(index);
    const bytes = makeClientHello(dice);
    const pieces = split(dice, bytes.toString('latin1'));
    const whole = read([bytes]);
    countVerdict(tally, nameOf(whole));
    if (!isDeepStrictEqual(read(pieces.map((piece) => Buffer.from(piece, 'latin1'))), whole))
      report(tally, index, bytes, 'cut otherwise, it reads otherwise');
  }
}

/** Does the same beside OpenSSL. */
export async function compareClientHellos(seed: number, count: number, tally: VerdictTally): Promise<void> {
  const hellos = Array.from({ length: count }, (_, index) => makeClientHello(new Dice(seed + index)));
  const theirs = await readWithOpenssl(hellos);
  for (const [index, bytes] of hellos.entries()) {
    const their = theirs[index];
    if (their === undefined) throw new Error('the reference has lost a case');
    const ours = read([bytes]);
    countVerdict(tally, `${their.verdict}, ${nameOf(ours)}`);
    const problem = their.verdict === 'accepted' ? compare(ours, their, bytes) : undefined;
    if (problem !== undefined) report(tally, seed + index, bytes, problem);
  }
}

type Reading = ClientHello | ClientHelloError | undefined;

function read(pieces: readonly Buffer[]): Reading {
  const reader = new ClientHelloReader(2_000);
  let soFar = Buffer.alloc(0);
  try {
    for (const piece of pieces) {
      soFar = Buffer.concat([soFar, piece]);
      const hello = reader.read(soFar);
      if (hello !== undefined) return hello;
    }
    return undefined;
  } catch (error) {
    if (error instanceof ClientHelloError) return error;
    throw error;
  }
}

function nameOf(reading: Reading): string {
  if (reading instanceof ClientHelloError) return reading.fault;
  return reading === undefined ? 'more' : 'read';
}

/** What is wrong with our reading of a hello that OpenSSL takes. */
function compare(ours: Reading, theirs: OpensslReading, bytes: Buffer): string | undefined {
  if (ours === undefined) return 'OpenSSL takes it, and we wait for more';
  if (ours instanceof ClientHelloError) {
    return isJustified(ours, bytes) ? undefined : `OpenSSL takes it, and we say: ${ours.message}`;
  }
  const expected = { serverName: comparable(theirs.serverName), alpnProtocols: inSevenBits(theirs.alpnProtocols) };
  const found = { serverName: ours.serverName, alpnProtocols: inSevenBits(ours.alpnProtocols) };
  if (isDeepStrictEqual(found, expected)) return undefined;
  return `OpenSSL reads ${JSON.stringify(expected)}, and we ${JSON.stringify(ours)}`;
}

/** What we refuse and OpenSSL does not: it takes any bytes for a name, knows no ECH, and does not mind bytes behind a hello of TLS 1.2. */
function isJustified({ fault, message }: ClientHelloError, bytes: Buffer): boolean {
  const knowsBetter = bytes.includes(Buffer.of(0xfe, 0x0d)) && (fault === 'repeated' || fault === 'malformed');
  return fault === 'server-name' || fault === 'too-large' || knowsBetter || message.endsWith('behind it in its record');
}

function comparable(name: string | undefined): string | undefined {
  const bare = name?.toLowerCase().replace(/(?<=.)\.$/, '');
  return bare === undefined || isIP(bare) !== 0 ? undefined : bare;
}

/** Node tells protocols in ASCII: it drops the highest bit of each byte. Without GREASE values, which we leave out. */
function inSevenBits(protocols: readonly string[]): string[] {
  const ascii = protocols.map((protocol) => Buffer.from(protocol, 'latin1').toString('ascii'));
  return ascii.filter((protocol) => !isGrease(protocol));
}

/** RFC 8701: both bytes are the same, and end with an a. */
function isGrease(protocol: string): boolean {
  return /^(.)\1$/s.test(protocol) && (protocol.charCodeAt(0) & 0x0f) === 0x0a;
}

function report(tally: VerdictTally, seed: number, bytes: Buffer, what: string): void {
  tally.findings.push({ seed, bytes: bytes.toString('hex'), what });
}
