// Makes field lines, mostly well-formed: usual ones, those that HTTP gives a meaning, and those that only look like them.
import type { Dice } from './dice.ts';

const spaces = ['', ' ', ' ', ' ', '  ', '\t', ' \t '];
const oddSpaces = ['\u000b', '\u00a0', '\r\n ', '\u000c', '\n'];

/** A line without its line break; letter case and the space around the value vary. */
export function fieldLine(dice: Dice, name: string, value: string): string {
  const cased = dice.mostly([name], [name.toLowerCase(), name.toUpperCase()], 0.2);
  const before = dice.mostly([cased], [`${cased} `, ` ${cased}`, `${cased}\t`, `${cased}\u0000`], 0.01);
  return `${before}:${dice.mostly(spaces, oddSpaces, 0.01)}${value}${dice.mostly(['', '', ' ', '\t'], oddSpaces, 0.01)}`;
}

const names = ['X', 'Accept', 'x-y_z', "!#$%&'*+-.^_`|~09", 'Cookie', 'Content-Type', 'Trailer', 'TE', 'Keep-Alive'];
const lookalikes = ['Content_Length', 'Transfer_Encoding', 'Content-Length2', 'Transfer-Encodin', 'Hos', 'Connectio'];
const values = [
  '',
  'a',
  'a b',
  'a, b',
  '"a"',
  'a:b',
  '\u00e9\u0080\u00ff',
  'timeout=5',
  'x\ty',
  '5',
  'chunked',
  '=',
  '(c)',
];
const connections = [
  'close',
  'keep-alive',
  'Close',
  'upgrade',
  'close, x',
  'x , keep-alive',
  ',close',
  'closed',
  '',
  'x',
];
const upgrades = ['websocket', 'h2c', 'a, b', ''];
const expectations = ['100-continue', '100-Continue', '100-continuE', 'nothing', ''];
const oddNames = ['', 'a b', 'a\u0080', 'a"b', 'a(b)', '\u0000', 'a\r', '@', 'a/b'];

/** Any field but `Host` and those of framing. */
export function anyField(dice: Dice): string {
  if (dice.chance(0.2)) return fieldLine(dice, 'Connection', dice.pick(connections));
  if (dice.chance(0.05)) return fieldLine(dice, 'Upgrade', dice.pick(upgrades));
  if (dice.chance(0.03)) return fieldLine(dice, 'Expect', dice.pick(expectations));
  const name = dice.chance(0.02) ? dice.pick(oddNames) : dice.mostly(names, lookalikes, 0.2);
  const value = dice.mostly(values, ['\u0000', 'a\u0001b', 'a\u007f', 'a\rb', 'a\nb', 'a\r\n b'], 0.02);
  return fieldLine(dice, name, value);
}

/** Mixes lines, whose order must not matter for framing. */
export function shuffled(dice: Dice, lines: readonly string[]): string[] {
  const left = [...lines];
  const mixed: string[] = [];
  while (left.length > 0) mixed.push(...left.splice(dice.below(left.length), 1));
  return mixed;
}
