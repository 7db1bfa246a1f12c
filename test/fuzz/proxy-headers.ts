// Headers of the PROXY protocol, made from a seed, damaged, and cut: read whole, read in pieces, and written again, they must mean the same.
import {
  formatProxyHeader,
  parseProxyHeader,
  ProxyHeaderError,
  type ParsedProxyHeader,
  type ProxyAddress,
  type ProxyHeader,
  type ProxyTls,
  type ProxyTlv,
  type ProxyTransport,
} from '@sluice/l4';
import { isDeepStrictEqual } from 'node:util';
import { Dice } from './dice.ts';
import { mutate, split } from './mutators.ts';
import { countVerdict, type VerdictTally } from './verdict-tally.ts';

/** Runs `count` cases from the seed on and adds what they show to the tally. */
export function runProxyHeaderCases(seed: number, count: number, tally: VerdictTally): void {
  for (let index = 0; index < count; index++) {
    const dice = new Dice(seed + index);
    const text = mutate(dice, makeHeader(dice).toString('latin1') + dice.bytes(8));
    try {
      const { verdict, problem } = judge(text, split(dice, text));
      countVerdict(tally, verdict);
      if (problem !== undefined) tally.findings.push({ seed: seed + index, bytes: text, what: problem });
    } catch (error) {
      tally.findings.push({ seed: seed + index, bytes: text, what: String(error) });
    }
  }
}

type Reading = ParsedProxyHeader | string;

function read(bytes: Buffer): Reading {
  try {
    return parseProxyHeader(bytes, { maxHeaderBytes: 600 }) ?? 'more';
  } catch (error) {
    if (error instanceof ProxyHeaderError) return error.fault;
    throw error;
  }
}

function judge(text: string, pieces: readonly string[]): { readonly verdict: string; readonly problem?: string } {
  const whole = read(Buffer.from(text, 'latin1'));
  const verdict = typeof whole === 'string' ? whole : 'read';
  let soFar = '';
  let inPieces: Reading = 'more';
  for (const piece of pieces) {
    soFar += piece;
    inPieces = read(Buffer.from(soFar, 'latin1'));
    if (inPieces !== 'more') break;
  }
  if (!isDeepStrictEqual(inPieces, whole)) return { verdict, problem: 'cut otherwise, it reads otherwise' };
  if (typeof whole === 'string') return { verdict };
  const again = formatProxyHeader(whole.header, { checksum: true });
  const isSame = isDeepStrictEqual(read(again), { header: whole.header, bytesRead: again.length });
  return isSame || again.length > 600 ? { verdict } : { verdict, problem: 'written again, it reads otherwise' };
}

const transports = ['tcp4', 'tcp6', 'udp4', 'udp6', 'unix-stream', 'unix-datagram', 'unknown'] as const;

function makeHeader(dice: Dice): Buffer {
  const version = dice.pick([1, 2, 2] as const);
  const transport = dice.pick(transports);
  const header: ProxyHeader = {
    version,
    command: dice.chance(0.05) ? 'local' : 'proxy',
    transport,
    source: makeEnd(dice, transport),
    destination: makeEnd(dice, transport),
    alpn: maybe(dice, () => makeText(dice)),
    authority: maybe(dice, () => makeText(dice)),
    uniqueId: maybe(dice, () => Buffer.from(dice.bytes(128), 'latin1')),
    tls: maybe(dice, () => makeTls(dice)),
    networkNamespace: maybe(dice, () => makeText(dice)),
    others: maybe(dice, () => makeOthers(dice)),
  };
  return formatProxyHeader(header, { checksum: dice.chance(0.3) });
}

function makeEnd(dice: Dice, transport: ProxyTransport): ProxyAddress {
  if (transport.startsWith('unix')) return { address: dice.pick(['', '/run/app.sock', '@name', 'ü']), port: 0 };
  const port = dice.below(65_536);
  const group = (): string => dice.mostly([dice.below(65_536).toString(16)], ['0', '0', '0'], 0.5);
  if (transport.endsWith('6')) return { address: Array.from({ length: 8 }, group).join(':'), port };
  return { address: Array.from({ length: 4 }, () => dice.below(256)).join('.'), port };
}

function makeTls(dice: Dice): ProxyTls {
  return {
    encrypted: dice.chance(0.9),
    certificateOnConnection: dice.chance(0.5),
    certificateInSession: dice.chance(0.5),
    verifyResult: dice.below(30),
    version: maybe(dice, () => makeText(dice)),
    commonName: maybe(dice, () => makeText(dice)),
    cipher: maybe(dice, () => makeText(dice)),
    others: maybe(dice, () => makeOthers(dice)),
  };
}

function makeOthers(dice: Dice): ProxyTlv[] {
  const make = (): ProxyTlv => ({ type: 0xe0 + dice.below(16), value: Buffer.from(dice.bytes(30), 'latin1') });
  return Array.from({ length: 1 + dice.below(3) }, make);
}

function makeText(dice: Dice): string {
  return dice.pick(['h2', 'http/1.1', 'a.example', 'bücher.example', 'TLSv1.3', '', 'x'.repeat(dice.below(60))]);
}

function maybe<Value>(dice: Dice, make: () => Value): Value | undefined {
  return dice.chance(0.4) ? make() : undefined;
}
