import { expect, test } from 'vitest';
import { WaitingBytes } from './waiting-bytes.ts';

test('gives pieces back in the order in which they came, and knows how many bytes are left', () => {
  const waiting = new WaitingBytes();
  waiting.push(Buffer.from('first'));
  waiting.push(Buffer.from('second'));
  expect(waiting.length).toBe(11);
  expect(String(waiting.shift())).toBe('first');
  waiting.putBack(Buffer.from('first'), 3);
  waiting.putBack(Buffer.from('zeroth'), 6);
  expect(waiting.length).toBe(8);
  expect(String(waiting.takeAll())).toBe('stsecond');
  expect(waiting.length).toBe(0);
});

test('copies what is set aside when it is small or shared, and keeps views of the rest', () => {
  const memory = Buffer.alloc(20_000, 'a');
  const waiting = new WaitingBytes();
  waiting.setAside(memory.subarray(0, 3), false);
  waiting.setAside(memory, true);
  expect(waiting.holdsViews).toBe(false);
  waiting.setAside(memory, false);
  expect(waiting.holdsViews).toBe(true);
  memory.fill('b');
  expect(String(waiting.shift())).toBe('aaa');
  expect(waiting.shift()[0]).toBe('a'.charCodeAt(0));
  expect(waiting.shift()[0]).toBe('b'.charCodeAt(0));
  waiting.clear();
  expect(waiting.holdsViews).toBe(false);
});

test('forgets everything when it is cleared', () => {
  const waiting = new WaitingBytes();
  waiting.push(Buffer.from('first'));
  waiting.clear();
  expect([waiting.length, waiting.takeAll().length]).toEqual([0, 0]);
});
