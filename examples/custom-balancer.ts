// A balancer of your own: the least busy endpoint of our zone, and another zone's only when ours has none.

import type { Balancer, Endpoint } from '@sluice/core';
import { createProxy } from '@sluice/http';
import { once } from 'node:events';
import { startDemoOrigin } from './quickstart/demo-origin.ts';

/** Prefers the endpoints whose metadata name `zone`; among those, the one with the fewest requests in flight. */
function nearest(zone: string): Balancer {
  return {
    name: 'nearest',
    pick({ endpoints }, { accept }) {
      let best: Endpoint | undefined;
      for (const endpoint of endpoints) {
        // `accept` says no to endpoints that are full, ejected, draining, or have failed this request before.
        if (endpoint.weight > 0 && accept(endpoint) && isBetter(endpoint, best)) best = endpoint;
      }
      return best;
    },
  };

  function isBetter(endpoint: Endpoint, best: Endpoint | undefined): boolean {
    if (best === undefined) return true;
    const near = endpoint.metadata['zone'] === zone;
    if (near !== (best.metadata['zone'] === zone)) return near;
    return endpoint.inFlight < best.inFlight;
  }
}

const here = await startDemoOrigin('here');
const there = await startDemoOrigin('there');

const proxy = createProxy({
  upstream: {
    endpoints: [
      { address: there.url, metadata: { zone: 'paris' } },
      { address: here.url, metadata: { zone: 'berlin' }, maxInFlight: 2 },
    ],
    balancer: nearest('berlin'),
  },
});

const { url } = await proxy.listen(Number(process.env['PORT'] ?? 8080));
console.log(`listening on ${url}`);
console.log(`try three at once, the third goes to the other zone: curl '${url}/slow?ms=3000'`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await proxy.drain(5_000);
await Promise.all([here.kill(), there.kill()]);
