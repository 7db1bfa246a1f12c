import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RiseAndFall, worstVerdict, type CheckVerdict } from './rise-and-fall.ts';

/** The verdicts after each result: `+` for healthy, `-` for not. */
function verdictsOf(initial: CheckVerdict, results: string, rise = 2, fall = 3): string {
  const state = new RiseAndFall(initial, { rise, fall });
  const letters = { healthy: 'H', unhealthy: 'U', unknown: '?' } as const;
  return Array.from(results, (result) => {
    state.note(result === '+');
    return letters[state.verdict];
  }).join('');
}

test('only fall failures in a row take down, only rise successes in a row bring up', () => {
  expect(verdictsOf('healthy', '--+---')).toBe('HHHHHU');
  expect(verdictsOf('unhealthy', '+-++')).toBe('UUUH');
});

test('the first result decides what is unknown', () => {
  expect(verdictsOf('unknown', '+--')).toBe('HHH');
  expect(verdictsOf('unknown', '-+')).toBe('UU');
});

test('tells when the verdict changes, and when it may', () => {
  const state = new RiseAndFall('healthy', { rise: 1, fall: 2 });
  expect([state.isChanging, state.note(false), state.isChanging, state.against]).toEqual([false, false, true, 1]);
  expect([state.note(false), state.isChanging, state.limit]).toEqual([true, false, 1]);
  expect([state.note(true), state.verdict]).toEqual([true, 'healthy']);
  expect(new RiseAndFall('unknown', { rise: 1, fall: 1 }).isChanging).toBe(true);
});

test('a verdict is what the results in a row before it say', () => {
  const results = fc.array(fc.boolean(), { maxLength: 40 });
  const count = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(results, count, count, (list, rise, fall) => {
      const state = new RiseAndFall('healthy', { rise, fall });
      let [expected, streak, previous] = [true, 0, true];
      for (const healthy of list) {
        streak = healthy === previous ? streak + 1 : 1;
        previous = healthy;
        if (healthy !== expected && streak >= (healthy ? rise : fall)) expected = healthy;
        state.note(healthy);
        if (state.verdict !== (expected ? 'healthy' : 'unhealthy')) return false;
      }
      return true;
    }),
  );
});

test('the worst of several verdicts counts', () => {
  expect(worstVerdict([])).toBe('healthy');
  expect(worstVerdict(['healthy', 'unknown'])).toBe('unknown');
  expect(worstVerdict(['unknown', 'unhealthy', 'healthy'])).toBe('unhealthy');
});
