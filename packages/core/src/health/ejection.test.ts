import { describe, expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { Ejection } from './ejection.ts';

function setUp() {
  const clock = createManualClock(1000);
  const ejection = new Ejection();
  return {
    clock,
    ejection,
    eject: (lengthMs = 100): void => ejection.eject(clock.now(), lengthMs),
    lend: (): number => ejection.onLease(clock),
    cancel: (term: number): boolean => ejection.onCancelled(term, clock),
    isClosed: (): boolean => ejection.isClosed(clock),
  };
}

describe('an ejection', () => {
  test('lasts as long as it was told', () => {
    const { clock, eject, isClosed, ejection } = setUp();
    expect(isClosed()).toBe(false);
    eject(100);
    clock.advance(99);
    expect([isClosed(), ejection.isOut]).toEqual([true, true]);
    clock.advance(1);
    expect([isClosed(), ejection.isOut, ejection.count]).toEqual([false, true, 1]);
    expect(ejection).toMatchObject({ sinceMs: 1000, lengthMs: 100 });
  });

  test('lets one lease try after its time, and only one', () => {
    const { clock, eject, lend, isClosed, ejection } = setUp();
    eject();
    clock.advance(100);
    expect(ejection.isOnTrial).toBe(false);
    lend();
    expect([isClosed(), ejection.isOnTrial]).toEqual([true, true]);
  });

  test('ends with one success', () => {
    const { clock, eject, lend, isClosed, ejection } = setUp();
    eject();
    clock.advance(100);
    expect(ejection.onOk(lend())).toBe(true);
    expect([isClosed(), ejection.isOut, ejection.isOnTrial, ejection.onOk(lend())]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test('is followed by another when the trial fails', () => {
    const { clock, eject, lend, isClosed, ejection } = setUp();
    eject();
    clock.advance(100);
    lend();
    eject(300);
    clock.advance(299);
    expect([isClosed(), ejection.isOnTrial, ejection.count]).toEqual([true, false, 2]);
  });

  test('a trial without a verdict is followed by another at once', () => {
    const { clock, eject, lend, cancel, isClosed, ejection } = setUp();
    eject();
    clock.advance(150);
    cancel(lend());
    expect(isClosed()).toBe(false);
    expect(ejection.onOk(lend())).toBe(true);
  });

  test('a trial that takes longer than the ejection is followed by another, and counts when it is over', () => {
    const { clock, eject, lend, isClosed, ejection } = setUp();
    eject();
    clock.advance(100);
    const first = lend();
    clock.advance(100);
    expect(isClosed()).toBe(false);
    lend();
    expect(ejection.onOk(first)).toBe(true);
  });

  test('what was lent before it neither ends nor shortens it', () => {
    const { clock, eject, lend, cancel, isClosed, ejection } = setUp();
    const [early, quiet] = [lend(), lend()];
    eject();
    expect(ejection.onOk(early)).toBe(false);
    clock.advance(50);
    cancel(quiet);
    expect(isClosed()).toBe(true);
    // What the trial of an earlier term says does not end this one either.
    clock.advance(50);
    const trial = lend();
    eject();
    expect(ejection.onOk(trial)).toBe(false);
    cancel(trial);
    expect(isClosed()).toBe(true);
  });

  test('ends by a success in panic too', () => {
    const { clock, eject, lend, ejection } = setUp();
    eject();
    clock.advance(10);
    expect(ejection.onOk(lend())).toBe(true);
  });

  test('can be for ever', () => {
    const { clock, eject, isClosed } = setUp();
    eject(Infinity);
    clock.advance(1e9);
    expect(isClosed()).toBe(true);
  });
});
