// The long run: `node test/fuzz/run.ts --seconds 600 --seed 1`, or `--case 123 --side request` to look at one case again.
import { parseArgs } from 'node:util';
import { createTally, makeCase, runCases, type Side, type Tally } from './campaign.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    side: { type: 'string' },
    case: { type: 'string' },
  },
});
const sides: readonly Side[] = values.side === undefined ? ['request', 'response'] : [values.side as Side];
const batch = 100;
/** After so many findings there is something to repair first. */
const mostFindings = 20;

function print(tally: Tally, elapsedMs: number): void {
  const rate = Math.round((tally.cases * 1000) / elapsedMs);
  console.log(`${tally.cases} cases in ${Math.round(elapsedMs / 1000)} s, ${rate}/s, ${tally.agreed} agreed`);
  for (const [name, count] of [...tally.justified].toSorted(([, a], [, b]) => b - a))
    console.log(`  justified  ${name} ${count}`);
  console.log(`  findings   ${tally.findings.length}`);
}

const tally = createTally();
let shown = 0;

function showFindings(): void {
  for (; shown < tally.findings.length; shown++) {
    const { side, seed, bytes, what } = tally.findings[shown] ?? { side: '', seed: 0, bytes: '', what: '' };
    console.log(`\nFINDING --side ${side} --case ${seed}\n  ${what}\n  ${JSON.stringify(bytes)}`);
  }
}

if (values.case === undefined) {
  const start = performance.now();
  let printedAt = start;
  let seed = Number(values.seed) * 1_000_000_007;
  while (performance.now() - start < Number(values.seconds) * 1000 && tally.findings.length < mostFindings) {
    for (const side of sides) await runCases(side, seed, batch, tally);
    seed += batch;
    showFindings();
    if (performance.now() - printedAt < 30_000) continue;
    printedAt = performance.now();
    print(tally, printedAt - start);
  }
  print(tally, performance.now() - start);
} else {
  for (const side of sides) {
    const { bytes, cuts } = makeCase(side, Number(values.case));
    console.log(`${side}: ${JSON.stringify(bytes)}\n  cut ${JSON.stringify(cuts)}`);
    await runCases(side, Number(values.case), 1, tally);
  }
  showFindings();
  print(tally, 1);
}
process.exitCode = tally.findings.length === 0 ? 0 : 1;
