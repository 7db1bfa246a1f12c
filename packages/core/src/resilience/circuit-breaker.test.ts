import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createManualClock } from '../clock.ts';
import { breakerDefaults, type ResolvedBreaker } from './breaker-options.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { explainCircuit } from './explain-circuit.ts';

function setUp(options: Partial<ResolvedBreaker> = {}) {
  const clock = createManualClock(100_000);
  const resolved = {
    ...breakerDefaults,
    minVolume: 4,
    openMs: 1000,
    maxOpenMs: 4000,
    openJitterPercent: 0,
    ...options,
  };
  const circuit = new CircuitBreaker(resolved, { clock, random: () => 0.5 });
  /** One piece of work after the other: `o` is ok, `f` fails, `s` is ok and takes a second, `c` is cancelled. */
  const work = (outcomes: string): void => {
    for (const outcome of outcomes) {
      const term = circuit.onLease();
      if (outcome === 'c') circuit.onCancelled(term);
      else circuit.onOutcome(term, outcome === 'f', outcome === 's' ? 1000 : 1);
    }
  };
  return { clock, circuit, work };
}

describe('closed', () => {
  test('opens when enough of it failed', () => {
    const { circuit, work } = setUp();
    work('offo');
    expect([circuit.state, circuit.allows(), circuit.retryAfterMs(), circuit.opened]).toEqual(['open', false, 1000, 1]);
    expect(circuit.reason).toBe('2 of 4 within 10.0 s failed');
  });

  test('concludes nothing from little work', () => {
    const { circuit, work } = setUp();
    work('fff');
    expect(circuit.state).toBe('closed');
  });

  test('stays closed below the ratio', () => {
    const { circuit, work } = setUp({ failureRatio: 0.6 });
    work('offoof');
    expect(circuit.state).toBe('closed');
  });

  test('does not count what was cancelled', () => {
    const { circuit, work } = setUp();
    work('fccccfcf');
    expect([circuit.state, circuit.window.total]).toEqual(['closed', 3]);
  });

  test('does not count what is too old', () => {
    const { circuit, clock, work } = setUp();
    work('fff');
    clock.advance(11_000);
    work('f');
    expect([circuit.state, circuit.window.total]).toEqual(['closed', 1]);
  });

  test('opens when enough of it was slow, if it is told what slow is', () => {
    const told = setUp({ slowCallMs: 1000, slowCallRatio: 0.75 });
    told.work('sss');
    told.work('o');
    expect([told.circuit.state, told.circuit.reason]).toEqual(['open', '3 of 4 within 10.0 s were slow']);
    const untold = setUp({ slowCallRatio: 0.75 });
    untold.work('ssss');
    expect(untold.circuit.state).toBe('closed');
  });
});

describe('open', () => {
  test('lets work through when its time is over, and no sooner', () => {
    const { circuit, clock, work } = setUp();
    work('ffff');
    clock.advance(999);
    expect([circuit.allows(), circuit.retryAfterMs()]).toEqual([false, 1]);
    clock.advance(1);
    expect([circuit.allows(), circuit.state]).toEqual([true, 'open']);
    circuit.onLease();
    expect(circuit.state).toBe('half-open');
  });

  test('does not hear what was lent before', () => {
    const { circuit, work } = setUp();
    const early = circuit.onLease();
    work('ffff');
    circuit.onOutcome(early, true, undefined);
    circuit.onOutcome(early, false, undefined);
    expect([circuit.state, circuit.opened, circuit.window.total]).toEqual(['open', 1, 0]);
  });

  test('is open for longer each time, up to a limit', () => {
    const { circuit, clock, work } = setUp();
    work('ffff');
    const lengths: number[] = [];
    for (let round = 0; round < 4; round++) {
      lengths.push(circuit.openMs);
      clock.advance(circuit.openMs);
      work('ff');
    }
    expect(lengths).toEqual([1000, 2000, 4000, 4000]);
  });

  test('starts over when it was closed for a window, and not when it fails again at once', () => {
    const { circuit, clock, work } = setUp();
    work('ffff');
    clock.advance(1000);
    work('ooo');
    work('ffff');
    expect(circuit.openMs).toBe(2000);
    clock.advance(2000);
    work('ooo');
    clock.advance(10_000);
    work('ffff');
    expect(circuit.openMs).toBe(1000);
  });

  test('is open for longer by chance', () => {
    const { circuit, work } = setUp({ openJitterPercent: 20 });
    work('ffff');
    expect(circuit.openMs).toBe(1100);
  });
});

describe('half-open', () => {
  function halfOpen(options: Partial<ResolvedBreaker> = {}) {
    const parts = setUp(options);
    parts.work('ffff');
    parts.clock.advance(1000);
    return parts;
  }

  test('closes when enough probes went well', () => {
    const { circuit, work } = halfOpen();
    work('oo');
    expect(circuit.state).toBe('half-open');
    work('f');
    expect([circuit.state, circuit.reason]).toEqual(['closed', '2 of 3 probes went well']);
  });

  test('opens again as soon as enough of them failed, or were slow', () => {
    const failing = halfOpen();
    failing.work('ff');
    expect([failing.circuit.state, failing.circuit.reason]).toEqual(['open', '2 of 2 probes failed']);
    const slow = halfOpen({ slowCallMs: 1000, slowCallRatio: 0.5 });
    slow.work('oss');
    expect([slow.circuit.state, slow.circuit.reason]).toEqual(['open', '2 of 3 probes were slow']);
  });

  test('has no more probes out than it may', () => {
    const { circuit } = halfOpen();
    const terms = [circuit.onLease(), circuit.onLease(), circuit.onLease()];
    expect(circuit.allows()).toBe(false);
    circuit.onOutcome(terms[0] ?? 0, false, 1);
    expect(circuit.allows()).toBe(false);
    circuit.onCancelled(terms[1] ?? 0);
    expect(circuit.allows()).toBe(true);
  });

  test('waits no longer for probes than it was open, and does not hear them then', () => {
    const { circuit, clock, work } = halfOpen();
    work('o');
    const lost = [circuit.onLease(), circuit.onLease()];
    clock.advance(999);
    expect([circuit.allows(), circuit.retryAfterMs()]).toEqual([false, 1]);
    clock.advance(1);
    expect(circuit.allows()).toBe(true);
    work('o');
    for (const term of lost) circuit.onOutcome(term, true, undefined);
    expect([circuit.state, circuit.judged]).toEqual(['half-open', 2]);
    work('o');
    expect(circuit.state).toBe('closed');
  });

  test('waits for work that comes slowly', () => {
    const { circuit, clock, work } = halfOpen();
    for (let probe = 0; probe < 3; probe++) {
      work('o');
      clock.advance(60_000);
    }
    expect(circuit.state).toBe('closed');
  });
});

test('begins anew on demand', () => {
  const { circuit, work } = setUp();
  work('ffff');
  circuit.reset();
  work('fff');
  expect([circuit.state, circuit.window.total]).toEqual(['closed', 3]);
});

test('explains itself in one line', () => {
  const { circuit, clock, work } = setUp();
  const lines = [explainCircuit(circuit, clock.now())];
  work('ffff');
  clock.advance(500);
  lines.push(explainCircuit(circuit, clock.now()));
  clock.advance(500);
  work('o');
  circuit.onLease();
  lines.push(explainCircuit(circuit, clock.now()));
  work('oo');
  lines.push(explainCircuit(circuit, clock.now()));
  expect(lines).toEqual([
    'circuit closed',
    'circuit open for 0.5 s of 1.0 s: 4 of 4 within 10.0 s failed',
    'circuit half-open: 1 probes out, 1 back',
    'circuit closed: 3 of 3 probes went well',
  ]);
});

test('never has more work of one half-open term out than it may have probes, whatever happens', () => {
  const step = fc.record({
    act: fc.constantFrom('lease', 'ok', 'fail', 'cancel'),
    afterMs: fc.constantFrom(0, 1, 400, 3000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 4 }), (steps, halfOpenProbes) => {
      const { circuit, clock } = setUp({ halfOpenProbes });
      const out: number[] = [];
      for (const { act, afterMs } of steps) {
        clock.advance(afterMs);
        if (act === 'lease') {
          if (circuit.allows()) out.push(circuit.onLease());
        } else {
          const term = out.shift();
          if (term === undefined) continue;
          if (act === 'cancel') circuit.onCancelled(term);
          else circuit.onOutcome(term, act === 'fail', 1);
        }
        if (circuit.state !== 'half-open') continue;
        const probesOut = out.filter((term) => term === circuit.term).length;
        expect(probesOut + circuit.judged).toBeLessThanOrEqual(halfOpenProbes);
      }
    }),
  );
});
