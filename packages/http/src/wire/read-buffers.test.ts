import { expect, test } from 'vitest';
import { ReadBuffer, ReadBuffers } from './read-buffers.ts';

const kibibyte = 1024;

function setUp(secure = false): {
  buffers: ReadBuffers;
  buffer: ReadBuffer;
  state: { betweenBodies: boolean; holdsViews: boolean };
} {
  const buffers = new ReadBuffers();
  const state = { betweenBodies: true, holdsViews: false };
  return { buffers, buffer: new ReadBuffer(buffers, state, secure), state };
}

test('reads into shared memory between bodies, and into its own within one', () => {
  const { buffers, buffer, state } = setUp();
  expect(buffer.isShared(buffer.next())).toBe(true);
  state.betweenBodies = false;
  const own = buffer.next();
  expect(buffer.isShared(own)).toBe(false);
  expect(buffer.next()).toBe(own);
  state.betweenBodies = true;
  expect(buffer.next()).toBe(buffers.shared);
});

test('gives its own buffer to the next that needs one', () => {
  const { buffers, buffer, state } = setUp();
  state.betweenBodies = false;
  const own = buffer.next();
  buffer.release();
  expect(new ReadBuffer(buffers, state, false).next()).toBe(own);
});

test('keeps a buffer that somebody still looks at out of use', () => {
  const { buffers, buffer, state } = setUp();
  state.betweenBodies = false;
  const own = buffer.next();
  state.holdsViews = true;
  buffer.release();
  expect(new ReadBuffer(buffers, { betweenBodies: false, holdsViews: false }, false).next()).not.toBe(own);
});

test('grows when it was filled repeatedly, and is small again for the next body', () => {
  const { buffer, state } = setUp();
  state.betweenBodies = false;
  const own = buffer.next();
  for (let fill = 0; fill < 2; fill++) {
    expect(buffer.next()).toBe(own);
    buffer.note(own.length, own);
  }
  const large = buffer.next();
  expect([own.length, large.length]).toEqual([64 * kibibyte, 256 * kibibyte]);
  buffer.note(large.length, large);
  buffer.note(large.length, large);
  expect(buffer.next()).toBe(large);
  state.betweenBodies = true;
  buffer.next();
  state.betweenBodies = false;
  expect(buffer.next().length).toBe(64 * kibibyte);
});

test('does not grow when the reads in between were short', () => {
  const { buffer, state } = setUp();
  state.betweenBodies = false;
  const own = buffer.next();
  buffer.note(own.length, own);
  buffer.note(10, own);
  buffer.note(own.length, own);
  expect(buffer.next()).toBe(own);
});

test('under TLS, never reads into memory that somebody still looks at', () => {
  const { buffer, state } = setUp(true);
  state.betweenBodies = false;
  const own = buffer.next();
  state.holdsViews = true;
  const other = buffer.next();
  expect(other).not.toBe(own);
  expect(buffer.next()).not.toBe(other);
});

test('keeps a bounded number of buffers for later', () => {
  const buffers = new ReadBuffers();
  const all = Array.from({ length: 20 }, () => buffers.take(64));
  for (const one of all) buffers.give(one);
  const again = Array.from({ length: 20 }, () => buffers.take(64));
  expect(again.filter((one) => all.includes(one))).toHaveLength(8);
});
