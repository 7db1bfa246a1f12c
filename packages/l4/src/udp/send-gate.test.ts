import { expect, test } from 'vitest';
import { SendGate } from './send-gate.ts';

test('asks for the queue now and then, and each time while it is too long', () => {
  const socket = {
    queuedBytes: 0,
    looks: 0,
    getSendQueueSize() {
      this.looks++;
      return this.queuedBytes;
    },
  };
  const gate = new SendGate(socket, 1_000);
  const pass = (count: number): number => Array.from({ length: count }, () => gate.isOpen()).filter(Boolean).length;
  expect(pass(160)).toBe(160);
  expect(socket.looks).toBe(10);

  socket.queuedBytes = 1_001;
  expect(pass(100)).toBeLessThan(16);
  expect(socket.looks).toBeGreaterThan(80);

  socket.queuedBytes = 1_000;
  expect(pass(100)).toBe(100);
  expect(socket.looks).toBeLessThan(120);
});
