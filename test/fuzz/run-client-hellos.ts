// The long run: `node test/fuzz/run-client-hellos.ts --seconds 600 --seed 1`.
import { parseArgs } from 'node:util';
import { compareClientHellos, runClientHelloCases } from './client-hellos.ts';
import { createVerdictTally, printTally } from './verdict-tally.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const alone = createVerdictTally();
const compared = createVerdictTally();
const start = performance.now();
const elapsedMs = (): number => performance.now() - start;
let seed = Number(values.seed) * 1_000_000_007;
const findings = (): number => alone.findings.length + compared.findings.length;
while (elapsedMs() < Number(values.seconds) * 1000 && findings() === 0) {
  await compareClientHellos(seed, 500, compared);
  runClientHelloCases(seed + 500, 20_000, alone);
  seed += 20_500;
}
printTally(alone, elapsedMs());
console.log('beside OpenSSL:');
printTally(compared, elapsedMs());
