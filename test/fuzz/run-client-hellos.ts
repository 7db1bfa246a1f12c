// The long run: `node test/fuzz/run-client-hellos.ts --seconds 600 --seed 1`.
import { parseArgs } from 'node:util';
import { compareClientHellos, createClientHelloTally, runClientHelloCases } from './client-hellos.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const alone = createClientHelloTally();
const compared = createClientHelloTally();
const start = performance.now();
const elapsedMs = (): number => performance.now() - start;
let seed = Number(values.seed) * 1_000_000_007;
const findings = (): number => alone.findings.length + compared.findings.length;
while (elapsedMs() < Number(values.seconds) * 1000 && findings() === 0) {
  await compareClientHellos(seed, 500, compared);
  runClientHelloCases(seed + 500, 20_000, alone);
  seed += 20_500;
}
for (const [name, tally] of Object.entries({ alone, compared })) {
  console.log(`${name}: ${tally.cases} cases in ${Math.round(elapsedMs() / 1000)} s`);
  for (const [verdict, count] of [...tally.verdicts].toSorted(([, a], [, b]) => b - a))
    console.log(`  ${verdict} ${count}`);
  for (const finding of tally.findings) console.log('FINDING', JSON.stringify(finding));
}
process.exitCode = findings() === 0 ? 0 : 1;
