import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OutcomeWindow } from './outcome-window.ts';

function totals({ total, failed, slow }: OutcomeWindow): number[] {
  return [total, failed, slow];
}

test('counts all, the failed and the slow', () => {
  const window = new OutcomeWindow(1000);
  window.add(0, false, false);
  window.add(10, true, false);
  window.add(20, false, true);
  window.add(30, true, true);
  expect(totals(window)).toEqual([4, 2, 2]);
});

test('forgets a tenth of the window at a time', () => {
  const window = new OutcomeWindow(1000);
  window.add(50, true, false);
  window.add(150, false, true);
  window.advance(999);
  expect(totals(window)).toEqual([2, 1, 1]);
  window.advance(1000);
  expect(totals(window)).toEqual([1, 0, 1]);
  window.advance(1100);
  expect(totals(window)).toEqual([0, 0, 0]);
});

test('forgets everything after a long silence, and on demand', () => {
  const window = new OutcomeWindow(1000);
  window.add(500, true, true);
  window.add(1e9, false, false);
  expect(totals(window)).toEqual([1, 0, 0]);
  window.clear();
  window.advance(1e9 + 2000);
  expect(totals(window)).toEqual([0, 0, 0]);
});

test('always has what a list of all outcomes has', () => {
  const step = fc.record({ afterMs: fc.nat(400), isFailed: fc.boolean(), isSlow: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const window = new OutcomeWindow(1000);
      const all: { readonly bucket: number; readonly isFailed: boolean; readonly isSlow: boolean }[] = [];
      let nowMs = 0;
      for (const { afterMs, isFailed, isSlow } of steps) {
        nowMs += afterMs;
        window.add(nowMs, isFailed, isSlow);
        all.push({ bucket: Math.floor(nowMs / 100), isFailed, isSlow });
        const recent = all.filter(({ bucket }) => bucket > Math.floor(nowMs / 100) - 10);
        expect(totals(window)).toEqual([
          recent.length,
          recent.filter((outcome) => outcome.isFailed).length,
          recent.filter((outcome) => outcome.isSlow).length,
        ]);
      }
    }),
  );
});
