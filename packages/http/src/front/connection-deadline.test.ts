import { expect, test } from 'vitest';
import { ConnectionDeadline } from './connection-deadline.ts';

const timeouts = { requestHeadMs: 100, keepAliveMs: 1_000, responseBodyIdleMs: 400 };

/** A deadline, and when it has passed, looked at every 10 ms. */
function deadlineFrom(startMs = 0): {
  deadline: ConnectionDeadline;
  at: (ms: number) => void;
  end: () => number | undefined;
} {
  let nowMs = startMs;
  const deadline = new ConnectionDeadline(timeouts, () => nowMs);
  return {
    deadline,
    at: (ms) => void (nowMs = ms),
    end: () => {
      for (let ms = nowMs; ms < 100_000; ms += 10) if (deadline.hasPassed(ms, 0)) return ms;
      return undefined;
    },
  };
}

test('a new connection has the time of a head, whether a byte comes or not', () => {
  expect(deadlineFrom(50).end()).toBe(150);
});

test('a head has its time from its first byte, and no more for more bytes', () => {
  const { deadline, at, end } = deadlineFrom();
  deadline.awaitHead();
  at(90);
  deadline.awaitHead();
  expect([deadline.inHead, end()]).toEqual([true, 100]);
});

test('a request under way has no deadline here', () => {
  const { deadline, end } = deadlineFrom();
  deadline.awaitHead();
  deadline.rest();
  expect([deadline.inHead, end()]).toEqual([false, undefined]);
});

test.each([
  ['the wait for another request', 'awaitRequest', 1_000],
  ['a body that nobody wants', 'awaitDiscard', 30_000],
  ['what is said last', 'linger', 5_000],
] as const)('%s ends', (_phase, start, ms) => {
  const { deadline, at, end } = deadlineFrom();
  at(20);
  deadline[start]();
  expect([deadline.inHead, end()]).toEqual([false, ms + 20]);
});

test('a client that still takes the end of a response has not begun to wait', () => {
  const { deadline } = deadlineFrom();
  deadline.awaitRequest();
  expect([deadline.hasPassed(1_000, 500), deadline.hasPassed(1_400, 300), deadline.hasPassed(1_799, 300)]).toEqual([
    false,
    false,
    false,
  ]);
  expect(deadline.hasPassed(1_800, 300)).toBe(true);
});
