// The long run: `node test/fuzz/run-proxy-headers.ts --seconds 600 --seed 1`.
import { parseArgs } from 'node:util';
import { runProxyHeaderCases } from './proxy-headers.ts';
import { createVerdictTally, printTally } from './verdict-tally.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
});
const batch = 1000;
const tally = createVerdictTally();
const start = performance.now();
const elapsedMs = (): number => performance.now() - start;
let seed = Number(values.seed) * 1_000_000_007;
while (elapsedMs() < Number(values.seconds) * 1000 && tally.findings.length === 0) {
  runProxyHeaderCases(seed, batch, tally);
  seed += batch;
}
printTally(tally, elapsedMs());
