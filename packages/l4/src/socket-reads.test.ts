import { expect, test } from 'vitest';
import { ReadMemory } from './read-memory.ts';
import { SocketReads, type ReadsUser } from './socket-reads.ts';

/** A socket that reads: asks where to, fills that, and says how it went. */
function read(reads: SocketReads, buffer: Uint8Array, bytesRead: number): { more: boolean; next: Uint8Array } {
  const more = reads.callback(bytesRead, buffer);
  return { more, next: reads.buffer() };
}

function attach(reads: SocketReads, answer: () => boolean): { readonly bytes: number; readonly isLent: boolean }[] {
  const seen: { readonly bytes: number; readonly isLent: boolean }[] = [];
  const user: ReadsUser = {
    onBytes(bytes, isLent) {
      seen.push({ bytes: bytes.length, isLent });
      return answer();
    },
  };
  reads.attach(user);
  return seen;
}

test('connections share a buffer, until one fills it; it has its own while it fills that', () => {
  const memory = new ReadMemory();
  const reads = new SocketReads(memory);
  const seen = attach(reads, () => true);
  const first = reads.buffer();
  expect(first).toBe(memory.shared);
  const { next: own } = read(reads, first, first.length);
  expect(own.length).toBeGreaterThan(first.length);
  expect(read(reads, own, own.length).next).toBe(own);
  expect(read(reads, own, 10).next).toBe(memory.shared);
  expect(seen).toEqual([
    { bytes: first.length, isLent: false },
    { bytes: own.length, isLent: true },
    { bytes: 10, isLent: true },
  ]);
  // What was given back is used again.
  expect(memory.take()).toBe(own);
});

test('memory that somebody still writes from is not given to the next one', () => {
  const memory = new ReadMemory();
  const reads = new SocketReads(memory);
  attach(reads, () => false);
  const { next: own } = read(reads, memory.shared, memory.shared.length);
  expect(read(reads, own, 10)).toEqual({ more: false, next: memory.shared });
  expect(memory.take()).not.toBe(own);
});

test('only so many connections have buffers of their own', () => {
  const memory = new ReadMemory();
  const all = Array.from({ length: 100 }, () => new SocketReads(memory));
  for (const reads of all) attach(reads, () => true);
  const owners = all.filter((reads) => read(reads, memory.shared, memory.shared.length).next !== memory.shared);
  expect(owners.length).toBeGreaterThan(0);
  expect(owners.length).toBeLessThan(100);
  const late = new SocketReads(memory);
  attach(late, () => true);
  expect(read(late, memory.shared, memory.shared.length).next).toBe(memory.shared);
  owners[0]?.release();
  expect(read(late, memory.shared, memory.shared.length).next).not.toBe(memory.shared);
});

test('what comes before anybody listens is kept, and the socket paused', () => {
  const memory = new ReadMemory();
  const reads = new SocketReads(memory);
  memory.shared.set(Buffer.from('220 '));
  expect(read(reads, reads.buffer(), 4).more).toBe(false);
  memory.shared.set(Buffer.from('ok'));
  expect(read(reads, reads.buffer(), 2).more).toBe(false);
  memory.shared.fill(0);
  const user: ReadsUser = { onBytes: () => true };
  expect(String(reads.attach(user))).toBe('220 ok');
  expect(reads.attach(user)).toBeUndefined();
});
