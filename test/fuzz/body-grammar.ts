// Makes message bodies, by length and in chunks, mostly as RFC 9112 wants them. Text has one character for each byte.
import type { Dice } from './dice.ts';
import { fieldLine } from './field-grammar.ts';

/** Field lines that frame a body, without the line break behind the last, and the body. */
export interface FramedBody {
  readonly fields: readonly string[];
  readonly bytes: string;
}

const texts = [
  '',
  'a',
  'hello',
  '0\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'HTTP/1.1 200 OK\r\n\r\n',
  '\r\n',
  '\n\n',
  '5\r\n',
];

function content(dice: Dice): string {
  return dice.chance(0.7) ? dice.pick(texts) : dice.bytes(60);
}

/** A body whose length stands in the head; now and then in a form that not everybody reads alike. */
export function lengthBody(dice: Dice): FramedBody {
  const bytes = content(dice);
  const length = bytes.length;
  const signed = [`+${length}`, '-1', `${length + 1}`, `0${length}`, '18446744073709551616', '9007199254740993'];
  const disguised = [
    `${length}.0`,
    `0x${length}`,
    `${length} ${length}`,
    `${length}, ${length}`,
    '1e1',
    `${length};`,
    '',
  ];
  const value = dice.mostly([`${length}`], [...signed, ...disguised, '999999999999999'], 0.08);
  const line = fieldLine(dice, 'Content-Length', value);
  if (!dice.chance(0.05)) return { fields: [line], bytes };
  return { fields: [line, dice.pick([line, line, fieldLine(dice, 'Content-Length', `${length + 1}`)])], bytes };
}

const codings = [
  'identity',
  'chunked, chunked',
  'gzip, chunked',
  'chunked, gzip',
  'xchunked',
  'chunked;a=b',
  ', chunked',
  '',
];
const extensions = [
  ';a',
  ';a=b',
  ';a="b c"',
  ' ;a',
  '; a',
  ';',
  ';=',
  ';a=',
  ';a="b',
  ';a="b\\"c"',
  ';a="b\\',
  ';a="\\"',
  ';a"b"',
  ';"',
  ';\u0080',
  ' ',
  '\t',
  ';a;b=c',
  ';a b',
];
const sizes = [
  '',
  '-1',
  '+1',
  '0x1',
  '1g',
  '1 1',
  '10000000000000000',
  'fffffffffffffffff',
  '7fffffffffffffff',
  '1_0',
  '\u00b2',
];

function size(dice: Dice, length: number): string {
  const hex = length.toString(16);
  // More than 32 bits, and the right size for whoever loses what does not fit.
  const wide = [`1${hex.padStart(8, '0')}`, `100000000${hex.padStart(8, '0')}`];
  const usual = [hex, hex, hex.toUpperCase(), `0${hex}`, `000000${hex}`];
  return dice.mostly(usual, [...sizes, ...wide, ...wide], 0.03) + (dice.chance(0.15) ? dice.pick(extensions) : '');
}

/** A body in chunks. */
export function chunkedBody(dice: Dice, trailerNames: readonly string[]): FramedBody {
  let bytes = '';
  for (let count = dice.below(4); count > 0; count--) {
    const data = content(dice);
    if (data !== '') bytes += `${size(dice, data.length)}\r\n${data}\r\n`;
  }
  bytes += `${size(dice, 0)}\r\n`;
  if (dice.chance(0.3)) {
    for (let count = dice.below(3); count >= 0; count--)
      bytes += `${fieldLine(dice, dice.pick(trailerNames), dice.pick(['b', '1', '', 'chunked', 'a b', 'close', 'upgrade']))}\r\n`;
  }
  const coding = dice.mostly(['chunked', 'Chunked', 'CHUNKED'], codings, 0.05);
  const line = fieldLine(dice, 'Transfer-Encoding', coding);
  return { fields: dice.chance(0.03) ? [line, line] : [line], bytes: `${bytes}\r\n` };
}
