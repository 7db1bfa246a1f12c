// Makes requests, mostly well-formed.
import { chunkedBody, lengthBody, type FramedBody } from './body-grammar.ts';
import type { Dice } from './dice.ts';
import { anyField, fieldLine, shuffled } from './field-grammar.ts';

const methods = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND', 'M-SEARCH', 'QUERY'];
const oddMethods = [
  'get',
  'FOO',
  'CONNECT',
  'PRI',
  'SOURCE',
  'DESCRIBE',
  '!#$|~',
  'GETT',
  'GE',
  'G\u0080T',
  '',
  'A'.repeat(70),
];
const targets = [
  '/',
  '/',
  '/a/b?c=d',
  '/%2e%2E/?',
  '//x//',
  '/a?b?c',
  '/a=%41&b',
  '/a:b@c;d',
  '/.',
  'http://a.example/p?q',
];
const absoluteTargets = [
  'http://a',
  'HTTP://a:80?q',
  'https://a/',
  'http://[::1]/',
  'http://a?q/r',
  'http://a:/',
  'hTTp://A.b/',
];
const brokenTargets = [
  'http://a/b c',
  'http:///x',
  'http://u@a/',
  'ftp://a/',
  'h+t://a/',
  'http:/a',
  'http://a%20b/',
  'http://a#f',
];
const oddPaths = [
  '/#f',
  '/a#b#c',
  '/\u00e9',
  '/\u0080\u00ff',
  '/"<>\\^`{|}',
  '/\u0000',
  '/\u007f',
  '/a\tb',
  '/[',
  '/?\u0080',
  "/'",
];
const otherTargets = ['*', 'a', 'a:80', '?a', '', '/a?q#f', 'http://a\u0080/'];
const oddTargets = [...absoluteTargets, ...brokenTargets, ...oddPaths, ...otherTargets];
const hosts = ['a', 'a.example', 'a:80', '[::1]:80', 'A', ''];
const oddHosts = ['a, b', 'a/b', 'u@a', 'a b', 'a\u0080', 'a?b', '"a"'];
const versions = [...Array.from({ length: 9 }, () => 'HTTP/1.1'), 'HTTP/1.0'];
const oddVersions = [
  'HTTP/1.2',
  'HTTP/0.9',
  'HTTP/2.0',
  'HTTP/1.10',
  'http/1.1',
  'HTTP/11',
  'ICE/1.0',
  'HTTP/1.',
  'RTSP/1.0',
  '',
];
const trailerNames = ['X', 'Y', 'Content-Length', 'Transfer-Encoding', 'Host', 'Connection', 'Content-MD5', 'Upgrade'];

const nothing: FramedBody = { fields: [], bytes: '' };

function body(dice: Dice): FramedBody {
  const kind = dice.below(10);
  if (kind < 4) return dice.chance(0.03) ? { fields: [], bytes: 'hello' } : nothing;
  if (kind < 7) return lengthBody(dice);
  const chunked = chunkedBody(dice, trailerNames);
  if (!dice.chance(0.04)) return chunked;
  return { fields: [...chunked.fields, ...lengthBody(dice).fields], bytes: chunked.bytes };
}

/** One request, as text with one character for each byte. */
export function makeRequest(dice: Dice): string {
  const line = [
    dice.mostly(methods, oddMethods, 0.04),
    dice.mostly(targets, oddTargets, 0.1),
    dice.mostly(versions, oddVersions, 0.02),
  ].join(dice.mostly([' '], ['  ', '\t', '', ' \r\n'], 0.01));
  const { fields, bytes } = body(dice);
  const lines = [...fields];
  const hostCount = dice.mostly([1], [0, 2], 0.02);
  for (let count = 0; count < hostCount; count++)
    lines.push(fieldLine(dice, 'Host', dice.mostly(hosts, oddHosts, 0.02)));
  for (let count = dice.below(4); count > 0; count--) lines.push(anyField(dice));
  const start = dice.mostly([''], ['\r\n', '\r\n\r\n', '\n', ' '], 0.05);
  return `${start}${[line, ...shuffled(dice, lines)].join('\r\n')}\r\n\r\n${bytes}`;
}
