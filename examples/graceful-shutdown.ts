// An orderly end: no new connections, the open requests finish, and only then the process ends. With an access log to watch it.

import { createProxy } from '@sluice/http';
import { once } from 'node:events';
import { startDemoOrigin } from './quickstart/demo-origin.ts';

/** Shorter than what your platform waits before it kills a process: 30 s in Kubernetes, 10 s in Docker. */
const graceMs = 8_000;

const origin = await startDemoOrigin('the-origin');
const proxy = createProxy({ to: origin.url });

proxy.on('exchange-finished', ({ exchange, status, durationMs }) => {
  console.log(`${exchange.request.method} ${exchange.request.target} ${status} in ${Math.round(durationMs)} ms`);
});

const { url } = await proxy.listen(Number(process.env['PORT'] ?? 8080));
console.log(`listening on ${url}`);
console.log(`try: curl '${url}/slow?ms=5000', and Ctrl-C here while it waits`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
console.log('draining');
const cut = await proxy.drain(graceMs);
console.log(`drained, ${cut} requests cut`);
await origin.kill();
