// Runs cases, one seed each, and tells apart agreement, justified differences and findings. A crash of our engine is a finding, too.
import { compareReadings, type Difference } from './compare-readings.ts';
import { Dice } from './dice.ts';
import { explain, requestRules, responseRules } from './justified-differences.ts';
import { mutate, split } from './mutators.ts';
import { readNodeRequests } from './node-requests.ts';
import { readNodeResponses } from './node-responses.ts';
import { readOurRequests } from './our-requests.ts';
import { readOurResponse } from './our-responses.ts';
import type { Reading } from './reading.ts';
import { makeRequest } from './request-grammar.ts';
import { makeResponse } from './response-grammar.ts';

/** Which side of the engine is tried. */
export type Side = 'request' | 'response';

/** Something that should not be. */
export interface Finding {
  readonly side: Side;
  readonly seed: number;
  readonly bytes: string;
  readonly what: string;
}

/** What a run has seen. */
export interface Tally {
  cases: number;
  /** Cases in which both accepted at least one whole message, and meant the same. */
  agreed: number;
  /** Justified differences, by name. */
  readonly justified: Map<string, number>;
  readonly findings: Finding[];
}

interface Case {
  readonly seed: number;
  readonly method: string;
  readonly bytes: string;
  /** The same bytes, cut three times. */
  readonly cuts: readonly (readonly string[])[];
}

/** A new, empty tally. */
export function createTally(): Tally {
  return { cases: 0, agreed: 0, justified: new Map(), findings: [] };
}

/** The bytes that a seed stands for. */
export function makeCase(side: Side, seed: number): Case {
  const dice = new Dice(seed);
  let bytes = '';
  if (side === 'response') bytes = makeResponse(dice);
  else for (let count = dice.below(3); count >= 0; count--) bytes += makeRequest(dice);
  bytes = mutate(dice, bytes);
  const method = side === 'response' ? dice.pick(['GET', 'GET', 'GET', 'HEAD']) : '';
  return { seed, method, bytes, cuts: [split(dice, bytes), split(dice, bytes), split(dice, bytes)] };
}

/** Runs `count` cases from the seed on and adds what they show to the tally. */
export async function runCases(side: Side, seed: number, count: number, tally: Tally): Promise<void> {
  const cases = Array.from({ length: count }, (_, index) => makeCase(side, seed + index));
  const theirs =
    side === 'request'
      ? await readNodeRequests(cases.map(({ cuts }) => cuts[2] ?? []))
      : await readNodeResponses(cases.map(({ method, cuts }) => ({ method, pieces: cuts[2] ?? [] })));
  for (const [index, item] of cases.entries()) {
    const reading = theirs[index];
    if (reading === undefined) throw new Error('the reference has lost a case');
    tally.cases++;
    judge(side, item, reading, tally);
  }
}

function judge(side: Side, item: Case, theirs: Reading, tally: Tally): void {
  const { seed, bytes } = item;
  const report = (what: string): void => void tally.findings.push({ side, seed, bytes, what });
  let ours: Reading;
  try {
    ours = readOurs(side, item, 0);
    const again = readOurs(side, item, 1);
    if (digest(ours) !== digest(again))
      report(`cut otherwise, it reads otherwise: ${digest(ours)} and ${digest(again)}`);
  } catch (error) {
    report(`it throws ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return;
  }
  const difference = compareReadings(ours, theirs);
  if (difference === undefined) {
    if ([ours, theirs].every(({ messages: [first] }) => first?.isComplete)) tally.agreed++;
    return;
  }
  const name = explain(side === 'request' ? requestRules : responseRules, difference, bytes);
  if (name === undefined) report(describe(difference));
  else tally.justified.set(name, (tally.justified.get(name) ?? 0) + 1);
}

function readOurs(side: Side, { method, cuts }: Case, turn: 0 | 1): Reading {
  const pieces = cuts[turn] ?? [];
  return side === 'request' ? readOurRequests(pieces, turn === 1) : readOurResponse(method, pieces, turn === 1);
}

/** What must not depend on how the bytes were cut. How much of a body came before it was refused does. */
function digest({ messages, ending, reason }: Reading): string {
  const lasting = messages.map((message) =>
    message.isComplete || ending === 'waiting' ? message : { ...message, body: '' },
  );
  return JSON.stringify([lasting, ending, reason]);
}

function describe({ kind, what, message }: Difference): string {
  return `${kind}: ${what}; we read ${JSON.stringify(message)}`;
}
