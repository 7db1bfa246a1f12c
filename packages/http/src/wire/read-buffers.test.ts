import { expect, test } from 'vitest';
import { ReadBuffer, ReadBuffers } from './read-buffers.ts';

const kibibyte = 1024;

function setUp(secure = false) {
  const buffers = new ReadBuffers();
  const state = { betweenBodies: true, holdsViews: false };
  const buffer = new ReadBuffer(buffers, state, secure);
  const sizes = (): number => buffer.next().length / kibibyte;
  return { buffers, buffer, state, sizes };
}

/** Compares memory without printing it. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one === other;
}

test('reads into shared memory between small bodies, and into its own within one', () => {
  const { buffer, state } = setUp();
  expect(buffer.isShared(buffer.next())).toBe(true);
  state.betweenBodies = false;
  const own = buffer.next();
  expect(buffer.isShared(own)).toBe(false);
  expect(isSame(buffer.next(), own)).toBe(true);
  state.betweenBodies = true;
  expect(buffer.isShared(buffer.next())).toBe(true);
});

test('gives its own buffer to the next that needs one', () => {
  const { buffers, buffer, state } = setUp();
  state.betweenBodies = false;
  const own = buffer.next();
  buffer.release();
  expect(isSame(new ReadBuffer(buffers, state, false).next(), own)).toBe(true);
});

test('never reads into memory that somebody still looks at, and uses it again afterwards', () => {
  const { buffers, buffer, state } = setUp();
  state.betweenBodies = false;
  const own = buffer.next();
  state.holdsViews = true;
  expect(isSame(buffer.next(), own)).toBe(false);
  expect(isSame(buffers.take(64 * kibibyte), own)).toBe(false);
  state.holdsViews = false;
  buffer.settle();
  expect(isSame(buffers.take(64 * kibibyte), own)).toBe(true);
});

test('leaves a buffer to the garbage collector that somebody looks at when the connection ends', () => {
  const { buffers, buffer, state } = setUp();
  state.betweenBodies = false;
  const own = buffer.next();
  state.holdsViews = true;
  buffer.release();
  expect(isSame(buffers.take(64 * kibibyte), own)).toBe(false);
});

test('grows when it was filled, and is small again behind a small response', () => {
  const { buffer, state, sizes } = setUp();
  state.betweenBodies = false;
  const own = buffer.next();
  buffer.note(10, own);
  expect(isSame(buffer.next(), own)).toBe(true);
  buffer.note(own.length, own);
  expect(sizes()).toBe(256);
  state.betweenBodies = true;
  expect(sizes()).toBe(256);
  buffer.note(10, buffer.next());
  expect(buffer.isShared(buffer.next())).toBe(true);
  state.betweenBodies = false;
  expect(sizes()).toBe(64);
});

test('the head behind a large response goes where its body need not be copied', () => {
  const { buffer, state } = setUp();
  const shared = buffer.next();
  buffer.note(20 * kibibyte, shared);
  expect(buffer.isShared(buffer.next())).toBe(false);
  buffer.note(500, buffer.next());
  expect(buffer.isShared(buffer.next())).toBe(true);
  state.betweenBodies = false;
});

test('reads records under TLS', () => {
  const { buffer, state, sizes } = setUp(true);
  state.betweenBodies = false;
  expect(sizes()).toBe(16);
  buffer.note(16 * kibibyte, buffer.next());
  expect(sizes()).toBe(16);
});

test('keeps a bounded number of buffers for later', () => {
  const buffers = new ReadBuffers();
  const all = Array.from({ length: 20 }, () => buffers.take(64));
  for (const one of all) buffers.give(one);
  const again = Array.from({ length: 20 }, () => buffers.take(64));
  expect(again.filter((one) => all.includes(one))).toHaveLength(8);
});
