// The small measurements: `npx -y pnpm@12 bench micro`. What a proxied request costs as a whole is what the other bench measures.
import { measureBalancers } from './balancers.ts';
import { measureScanners } from './scanners.ts';

console.log(`Node ${process.version}\n`);
console.log(`${measureBalancers().join('\n')}\n`);
console.log(measureScanners().join('\n'));
