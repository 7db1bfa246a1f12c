// Damages messages: single bytes, line breaks, whole lines, and pieces of other messages in the wrong place.
import type { Dice } from './dice.ts';

type Mutator = (dice: Dice, text: string) => string;

const interesting = [
  '\r',
  '\n',
  '\r\n',
  '\u0000',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '"',
  '=',
  '\u0080',
  '\u00ff',
  '\u007f',
  '\u000b',
  '0',
  '1',
  '-',
];
const lines = [
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 3\r\n',
  'Content-Length: 0\r\n',
  'Connection: close\r\n',
  'A: b\r\n',
];
const oddLines = [
  'A : b\r\n',
  ' A: b\r\n',
  ': b\r\n',
  '\r\n ',
  '\n\n',
  '\r\r\n',
  '\r\n\r',
  '"\r\n"',
  'A: b\n',
  'A\r\n',
];
const starts = [' HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 100\r\n\r\n'];
const chunks = ['0\r\n\r\n', '3\r\nabc\r\n', '\r\n\r\n', 'chunked', ';x=y', '0\r\nA: b\r\n\r\n'];
const dictionary = [...lines, ...oddLines, ...starts, ...chunks];

function replace(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}

/** A part of the text that is short in most cases. */
function part(dice: Dice, text: string): readonly [start: number, end: number] {
  const start = dice.below(text.length + 1);
  return [start, Math.min(text.length, start + dice.below(dice.chance(0.8) ? 8 : 80))];
}

function insert(items: readonly string[]): Mutator {
  return (dice, text) => {
    const at = dice.below(text.length + 1);
    return replace(text, at, at, dice.pick(items));
  };
}

const setByte: Mutator = (dice, text) => {
  const at = dice.below(text.length);
  return replace(text, at, at + 1, dice.chance(0.5) ? dice.byte() : dice.pick(interesting));
};

const flipBit: Mutator = (dice, text) => {
  const at = dice.below(text.length);
  return replace(text, at, at + 1, String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << dice.below(8))));
};

const remove: Mutator = (dice, text) => replace(text, ...part(dice, text), '');

const repeat: Mutator = (dice, text) => {
  const [start, end] = part(dice, text);
  return replace(text, end, end, text.slice(start, end));
};

const move: Mutator = (dice, text) => {
  const [start, end] = part(dice, text);
  const without = replace(text, start, end, '');
  const at = dice.below(without.length + 1);
  return replace(without, at, at, text.slice(start, end));
};

const breakLine: Mutator = (dice, text) => {
  const breaks = [...text.matchAll(/\r\n/g)];
  if (breaks.length === 0) return text;
  const { index } = dice.pick(breaks);
  return replace(text, index, index + 2, dice.pick(['\n', '\r', '\n\r', '\r\r\n', '', '\r\n\r\n', '\r\n ', ' \r\n']));
};

const repeatLine: Mutator = (dice, text) => {
  const all = text.split('\r\n');
  all.splice(dice.below(all.length), 0, dice.pick(all));
  return all.join('\r\n');
};

const removeLine: Mutator = (dice, text) => {
  const all = text.split('\r\n');
  all.splice(dice.below(all.length), 1);
  return all.join('\r\n');
};

const cutShort: Mutator = (dice, text) => text.slice(0, dice.below(text.length + 1));

const changeDigit: Mutator = (dice, text) => {
  const digits = [...text.matchAll(/\d/g)];
  if (digits.length === 0) return text;
  const { index } = dice.pick(digits);
  return replace(text, index, index + 1, String(dice.below(10)));
};

const byteMutators = [setByte, setByte, flipBit, flipBit, insert(interesting), insert(interesting), changeDigit];
const lineMutators = [breakLine, breakLine, repeatLine, removeLine, insert(dictionary), insert(dictionary)];
const partMutators = [remove, repeat, move, cutShort];
const mutators: readonly Mutator[] = [...byteMutators, ...lineMutators, ...partMutators];

/** Damages a text a little, or not at all. */
export function mutate(dice: Dice, text: string): string {
  let result = text;
  if (dice.chance(0.35)) return result;
  for (let count = dice.pick([1, 1, 1, 2, 3]); count > 0 && result.length > 0; count--)
    result = dice.pick(mutators)(dice, result);
  return result;
}

/** Cuts a text into pieces, as a network may. */
export function split(dice: Dice, text: string): string[] {
  const style = dice.below(4);
  if (style === 0) return [text];
  if (style === 1 && text.length < 300) return text.split('');
  const cuts = Array.from({ length: dice.below(6) }, () => dice.below(text.length + 1));
  const edges = [...new Set([0, ...cuts, text.length])].toSorted((a, b) => a - b);
  return edges.slice(1).map((end, index) => text.slice(edges[index], end));
}
