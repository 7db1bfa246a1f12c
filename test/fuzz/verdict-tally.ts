// What a run over damaged input has seen: how often each verdict was given, and what should not be.

/** What a run has seen. */
export interface VerdictTally {
  cases: number;
  /** How often each verdict was given. */
  readonly verdicts: Map<string, number>;
  /** What should not be, with the seed that makes it again. */
  readonly findings: Finding[];
}

/** Something that should not be. */
export interface Finding {
  readonly seed: number;
  readonly bytes: string;
  readonly what: string;
}

/** A new, empty tally. */
export function createVerdictTally(): VerdictTally {
  return { cases: 0, verdicts: new Map(), findings: [] };
}

/** Counts a case. */
export function countVerdict(tally: VerdictTally, verdict: string): void {
  tally.cases++;
  tally.verdicts.set(verdict, (tally.verdicts.get(verdict) ?? 0) + 1);
}

/** Prints a tally at the end of a run, and says by the exit code whether there were findings. */
export function printTally(tally: VerdictTally, elapsedMs: number): void {
  console.log(`${tally.cases} cases in ${Math.round(elapsedMs / 1000)} s`);
  for (const [verdict, count] of [...tally.verdicts].toSorted(([, a], [, b]) => b - a))
    console.log(`  ${verdict} ${count}`);
  for (const finding of tally.findings) console.log('FINDING', JSON.stringify(finding));
  if (tally.findings.length > 0) process.exitCode = 1;
}
