// Counts what clients saw of the proxy. What each endpoint saw is in proxy.stats().

import type { Proxy } from '@sluice/http';

export interface Tally {
  /** Requests that got an error of the proxy instead of a response, or only a part of one. */
  failed: number;
  /** Requests that failed on one endpoint and were answered by another. */
  rescued: number;
}

/** Starts counting. A client that goes away by itself is not a failure. */
export function tallyExchanges(proxy: Proxy): Readonly<Tally> {
  const tally: Tally = { failed: 0, rescued: 0 };
  proxy.on('exchange-finished', ({ exchange, error }) => {
    if (error === undefined) tally.rescued += exchange.attempts.length > 0 ? 1 : 0;
    else tally.failed += error.source === 'downstream' ? 0 : 1;
  });
  return tally;
}
