import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { keyOfTicket, SessionKeys, type SessionKey } from './session-keys.ts';

const a = Buffer.alloc(48, 'a');
const b = Buffer.alloc(48, 'b');
const c = Buffer.alloc(48, 'c');

test('one key encrypts, and those before it decrypt until their time is over', () => {
  const keys = new SessionKeys(a);
  keys.rotate([b], 100);
  keys.rotate([c], 150);
  expect(keys.current).toBe(c);
  expect([0, 99, 100, 149, 150].map((now) => keys.older(now))).toEqual([[b, a], [b, a], [b], [b], []]);
});

test('what is in the new list decrypts as long as it is there, and its tickets last', () => {
  const keys = new SessionKeys(a);
  keys.rotate([b, a], 100);
  expect(keys.older(1e9)).toEqual([a]);
  keys.rotate([b], 200);
  expect([199, 200].map((now) => keys.older(now))).toEqual([[a], []]);
});

test('the same key again changes nothing', () => {
  const keys = new SessionKeys(a);
  keys.rotate([Buffer.from(a)], 100);
  keys.accept(Buffer.from(a), 100);
  expect(keys.older(0)).toEqual([]);
});

test('a ticket is known by the name of its key, wherever it stands', () => {
  const keys: SessionKey[] = [randomBytes(48), randomBytes(48)];
  const [first, second] = keys as [SessionKey, SessionKey];
  const hello = Buffer.concat([randomBytes(300), second.subarray(0, 16), randomBytes(200)]);
  expect(keyOfTicket(hello, keys)).toBe(second);
  expect(keyOfTicket(hello, [first])).toBeUndefined();
  expect(keyOfTicket(second.subarray(0, 15), keys)).toBeUndefined();
});
