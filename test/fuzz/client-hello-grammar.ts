// ClientHellos that a server takes, made from a seed and then damaged: inside an extension, where all lengths around it still fit, in the
// order of extensions, in the records, or anywhere.
import {
  alpnExtension,
  echExtension,
  helloMessage,
  keyShareExtension,
  records,
  serverNameExtension,
  uint,
  vector,
  versionsExtension,
  type Extension,
} from '../../packages/l4/src/client-hello/contract/hello-writer.ts';
import type { Dice } from './dice.ts';
import { mutate } from './mutators.ts';

const x25519 = 29;
const groups: Extension = [10, vector(2, uint(2, x25519), uint(2, 23))];
const pointFormats: Extension = [11, vector(1, Buffer.of(0))];
const signatures: Extension = [13, vector(2, ...[0x0403, 0x0804, 0x0401].map((scheme) => uint(2, scheme)))];
const pskModes: Extension = [45, vector(1, Buffer.of(1))];
const extendedMasterSecret: Extension = [23, Buffer.alloc(0)];

const names = [
  'a.example',
  'WWW.Example.com',
  'b.example.',
  'localhost',
  '192.0.2.1',
  '_x.y-z.example',
  'xn--bcher-kva.de',
];
const oddNames = [
  '',
  '.',
  'a..b',
  'a b',
  'a.example\u0000.b',
  '*.example',
  '::1',
  'b\u00fccher.example',
  'x'.repeat(70),
];
const protocols = ['h2', 'http/1.1', 'acme-tls/1', '\u000a\u000a', 'x'.repeat(40)];
const cipherSuites = [0x1a1a, 0x1301, 0x1302, 0xc02b, 0xc02f];

/** In the format of SSL 2.0. */
const oldHello = Buffer.from('802e0100020015000000100100800200800300800700c0', 'hex');

/** The bytes that a seed stands for. */
export function makeClientHello(dice: Dice): Buffer {
  if (dice.chance(0.01)) return Buffer.concat([oldHello, Buffer.from(dice.bytes(40), 'latin1')]);
  const extensions = dice.chance(0.5) ? makeExtensions(dice) : damageExtensions(dice, makeExtensions(dice));
  const message = helloMessage({
    extensions: dice.chance(0.02) ? undefined : extensions,
    cipherSuites: dice.chance(0.03) ? [] : cipherSuites,
    legacyVersion: dice.mostly([0x0303], [0x0301, 0x0302, 0x0300, 0x0304]),
    sessionId: Buffer.alloc(dice.mostly([0, 32], [1, 33]), 5),
    messageType: dice.mostly([1], [2, 0], 0.02),
  });
  const cuts = dice.chance(0.7) ? [] : Array.from({ length: 1 + dice.below(4) }, () => dice.below(message.length));
  const bytes = records(message, cuts);
  const behind = dice.chance(0.05) ? dice.bytes(20) : '';
  const text = bytes.toString('latin1') + behind;
  return Buffer.from(dice.chance(0.75) ? text : mutate(dice, text), 'latin1');
}

function makeExtensions(dice: Dice): Extension[] {
  const optional: readonly (readonly [chance: number, make: () => Extension])[] = [
    [0.85, () => serverNameExtension(dice.mostly(names, oddNames, 0.2))],
    [0.6, () => alpnExtension(...Array.from({ length: 1 + dice.below(3) }, () => dice.pick(protocols)))],
    [0.75, () => versionsExtension(...dice.pick([[0x0304, 0x0303], [0x2a2a, 0x0304], [0x0303]]))],
    [0.2, () => echExtension(dice.mostly([0], [1, 2]))],
    [0.3, () => [0x3a3a, Buffer.alloc(dice.below(2))]],
  ];
  const chosen = optional.flatMap(([chance, make]) => (dice.chance(chance) ? [make()] : []));
  const share = keyShareExtension([x25519, 32]);
  return [...chosen, groups, pointFormats, signatures, pskModes, extendedMasterSecret, share].toSorted(
    () => dice.below(3) - 1,
  );
}

/** Changes the contents of one, repeats one, or takes one away. */
function damageExtensions(dice: Dice, extensions: readonly Extension[]): Extension[] {
  const all = [...extensions];
  const at = dice.below(all.length);
  const [type, contents] = dice.pick(all);
  const style = dice.below(4);
  if (style === 0) all.splice(at, 0, [type, contents]);
  else if (style === 1) all.splice(at, 1);
  else if (style === 2) all[at] = [dice.pick([0, 16, 43, 51, 0xfe0d]), contents];
  else {
    const [damagedType, whole] = all[at] ?? [type, contents];
    all[at] = [damagedType, Buffer.from(mutate(dice, Buffer.from(whole).toString('latin1')), 'latin1')];
  }
  return all;
}
