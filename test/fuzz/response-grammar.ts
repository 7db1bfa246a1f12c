// Makes responses, mostly well-formed: interim ones, then a final one.
import { chunkedBody, lengthBody, type FramedBody } from './body-grammar.ts';
import type { Dice } from './dice.ts';
import { anyField, shuffled } from './field-grammar.ts';

const statuses = ['200', '200', '200', '204', '304', '404', '500', '301', '599', '999'];
const oddStatuses = ['100', '101', '199', '099', '20', '2000', '2x0', '', ' 200', '600', '205', '+20', '000'];
const interim = ['100', '102', '103', '199'];
const reasons = [' OK', ' ', '', ' Not Found', ' a b ', ' \u00e9\u0080', '  OK', ' 200'];
const oddReasons = ['\t', ' a\rb', ' a\nb', ' \u0000', ' a\u007f', ' a\tb', 'OK'];
const versions = [...Array.from({ length: 9 }, () => 'HTTP/1.1'), 'HTTP/1.0'];
const oddVersions = ['HTTP/1.2', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.10', 'http/1.1', 'ICY', 'HTTP/2', ''];
const trailerNames = ['X', 'Y', 'Content-Length', 'Transfer-Encoding', 'Set-Cookie', 'Connection', 'Content-MD5'];

function body(dice: Dice): FramedBody {
  const kind = dice.below(10);
  if (kind < 2) return { fields: [], bytes: dice.pick(['', 'hello', '0\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n']) };
  if (kind < 6) return lengthBody(dice);
  const chunked = chunkedBody(dice, trailerNames);
  if (!dice.chance(0.04)) return chunked;
  return { fields: [...chunked.fields, ...lengthBody(dice).fields], bytes: chunked.bytes };
}

function makeHead(dice: Dice, status: string, fields: readonly string[]): string {
  const line = `${dice.mostly(versions, oddVersions, 0.02)} ${status}${dice.mostly(reasons, oddReasons, 0.04)}`;
  const lines = [...fields];
  for (let count = dice.below(4); count > 0; count--) lines.push(anyField(dice));
  return `${[line, ...shuffled(dice, lines)].join('\r\n')}\r\n\r\n`;
}

/** The answer to one request, as text with one character for each byte. */
export function makeResponse(dice: Dice): string {
  let text = '';
  while (dice.chance(0.15)) text += makeHead(dice, dice.pick(interim), dice.chance(0.1) ? body(dice).fields : []);
  const { fields, bytes } = body(dice);
  return text + makeHead(dice, dice.mostly(statuses, oddStatuses, 0.06), fields) + bytes;
}
