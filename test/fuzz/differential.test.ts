// Our engine and llhttp read the same bytes; see docs/notes/parser.md. The long run is run.ts.
import { describe, expect, test } from 'vitest';
import { createTally, runCases, type Side } from './campaign.ts';

const seed = 20_261_123;
const cases = 4_000;

describe.each<{ readonly side: Side }>([{ side: 'request' }, { side: 'response' }])(
  'on generated $side messages',
  ({ side }) => {
    test('each is read as llhttp reads it, refused, or a justified difference', async () => {
      const tally = createTally();
      for (let done = 0; done < cases; done += 100) await runCases(side, seed + done, 100, tally);
      expect(tally.findings).toEqual([]);
      // A generator that makes garbage only, or nothing odd, would prove nothing.
      expect(tally.agreed).toBeGreaterThan(cases / 4);
      expect(tally.justified.size).toBeGreaterThan(3);
    });
  },
);
