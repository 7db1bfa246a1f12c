// The long run: `node test/fuzz/run-proxy-headers.ts --seconds 600 --seed 1`.
import { parseArgs } from 'node:util';
import { createProxyHeaderTally, runProxyHeaderCases } from './proxy-headers.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const batch = 1000;
const tally = createProxyHeaderTally();
const start = performance.now();
const elapsedMs = (): number => performance.now() - start;
let seed = Number(values.seed) * 1_000_000_007;
while (elapsedMs() < Number(values.seconds) * 1000 && tally.findings.length === 0) {
  runProxyHeaderCases(seed, batch, tally);
  seed += batch;
}
console.log(`${tally.cases} cases in ${Math.round(elapsedMs() / 1000)} s`);
for (const [verdict, count] of [...tally.verdicts].toSorted(([, a], [, b]) => b - a))
  console.log(`  ${verdict} ${count}`);
for (const finding of tally.findings) console.log('FINDING', JSON.stringify(finding));
process.exitCode = tally.findings.length === 0 ? 0 : 1;
