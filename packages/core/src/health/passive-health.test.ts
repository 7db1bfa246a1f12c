import { describe, expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { PassiveHealth, passiveHealthDefaults, type HealthVerdict } from './passive-health.ts';

function setUp(options: { maxFails?: number; failTimeoutMs?: number } = {}) {
  const clock = createManualClock(1000);
  const health = new PassiveHealth({ ...passiveHealthDefaults, ...options });
  return {
    clock,
    health,
    lend: (): number => health.onLease(clock),
    fail: (term: number): HealthVerdict => health.onFailed(term, clock.now()),
    cancel: (term: number): void => health.onCancelled(term, clock.now()),
    isEjected: (): boolean => health.isEjected(clock),
  };
}

describe('passive health', () => {
  test('ejects for failTimeoutMs after maxFails failures', () => {
    const { clock, lend, fail, isEjected, health } = setUp({ maxFails: 3, failTimeoutMs: 100 });
    expect([fail(lend()), fail(lend()), isEjected(), fail(lend()), isEjected()]).toEqual([
      'unchanged',
      'unchanged',
      false,
      'ejected',
      true,
    ]);
    clock.advance(99);
    expect(isEjected()).toBe(true);
    clock.advance(1);
    expect([isEjected(), health.ejections]).toEqual([false, 1]);
  });

  test('counts failures within any span of failTimeoutMs, whatever went well in between', () => {
    const { clock, lend, fail, health } = setUp({ maxFails: 3, failTimeoutMs: 100 });
    const verdicts: HealthVerdict[] = [];
    for (const waitMs of [0, 60, 60]) {
      clock.advance(waitMs);
      verdicts.push(fail(lend()), health.onOk(lend()));
    }
    // The first failure is 120 ms ago now and does not count; 60 ms later the second does not either.
    clock.advance(30);
    verdicts.push(fail(lend()));
    expect(verdicts).toEqual([...Array.from({ length: 6 }, () => 'unchanged'), 'ejected']);
  });

  test('lets one lease try after the time, and only one', () => {
    const { clock, lend, fail, isEjected } = setUp({ failTimeoutMs: 100 });
    fail(lend());
    clock.advance(100);
    expect(isEjected()).toBe(false);
    lend();
    expect(isEjected()).toBe(true);
  });

  test('one success restores', () => {
    const { clock, lend, fail, isEjected, health } = setUp({ maxFails: 2, failTimeoutMs: 100 });
    fail(lend());
    fail(lend());
    clock.advance(100);
    expect(health.onOk(lend())).toBe('recovered');
    expect([isEjected(), health.onOk(lend())]).toEqual([false, 'unchanged']);
    // Failures are counted from zero.
    expect(fail(lend())).toBe('unchanged');
  });

  test('one failure on trial ejects again, however many it takes otherwise', () => {
    const { clock, lend, fail, isEjected, health } = setUp({ maxFails: 2, failTimeoutMs: 100 });
    fail(lend());
    fail(lend());
    clock.advance(100);
    expect(fail(lend())).toBe('ejected');
    clock.advance(99);
    expect([isEjected(), health.ejections]).toEqual([true, 2]);
  });

  test('a trial without a verdict is followed by another at once', () => {
    const { clock, lend, fail, cancel, isEjected, health } = setUp({ failTimeoutMs: 100 });
    fail(lend());
    clock.advance(150);
    cancel(lend());
    expect(isEjected()).toBe(false);
    expect(health.onOk(lend())).toBe('recovered');
  });

  test('a trial that takes longer than failTimeoutMs is followed by another, and counts when it is over', () => {
    const { clock, lend, fail, isEjected, health } = setUp({ failTimeoutMs: 100 });
    fail(lend());
    clock.advance(100);
    const first = lend();
    clock.advance(100);
    expect(isEjected()).toBe(false);
    lend();
    expect(health.onOk(first)).toBe('recovered');
  });

  test('what was lent before the ejection neither ends nor prolongs it', () => {
    const { clock, lend, fail, cancel, isEjected, health } = setUp({ failTimeoutMs: 100 });
    const [early, late, quiet, failing] = [lend(), lend(), lend(), lend()];
    fail(failing);
    expect(health.onOk(early)).toBe('unchanged');
    clock.advance(50);
    expect(fail(late)).toBe('unchanged');
    cancel(quiet);
    expect(isEjected()).toBe(true);
    clock.advance(50);
    expect([isEjected(), health.ejections]).toEqual([false, 1]);
  });

  test('what was lent before the ejection does not count after the recovery', () => {
    const { clock, lend, fail, health } = setUp({ failTimeoutMs: 100 });
    const [early, failing] = [lend(), lend()];
    fail(failing);
    clock.advance(100);
    health.onOk(lend());
    expect(fail(early)).toBe('unchanged');
    expect(fail(lend())).toBe('ejected');
  });

  test('in panic a success restores and a failure changes nothing', () => {
    const { clock, lend, fail, health, isEjected } = setUp({ failTimeoutMs: 100 });
    fail(lend());
    clock.advance(10);
    expect([fail(lend()), fail(lend()), health.ejections]).toEqual(['unchanged', 'unchanged', 1]);
    expect(health.onOk(lend())).toBe('recovered');
    expect(isEjected()).toBe(false);
  });

  test('never ejects with maxFails 0', () => {
    const { lend, fail, isEjected } = setUp({ maxFails: 0 });
    for (let index = 0; index < 100; index++) expect(fail(lend())).toBe('unchanged');
    expect(isEjected()).toBe(false);
  });

  test('does not try again with an infinite failTimeoutMs, and counts all failures', () => {
    const { clock, lend, fail, isEjected } = setUp({ maxFails: 2, failTimeoutMs: Infinity });
    fail(lend());
    clock.advance(1e9);
    expect(fail(lend())).toBe('ejected');
    clock.advance(1e9);
    expect(isEjected()).toBe(true);
  });

  test('forgets everything when it is restored', () => {
    const { lend, fail, isEjected, health } = setUp({ maxFails: 2 });
    fail(lend());
    health.restore();
    expect(fail(lend())).toBe('unchanged');
    fail(lend());
    health.restore();
    expect(isEjected()).toBe(false);
  });
});
