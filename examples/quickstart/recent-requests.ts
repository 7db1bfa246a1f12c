// Counts what each endpoint got lately, from counters that only grow.

import type { EndpointStats } from '@sluice/core';
import { performance } from 'node:perf_hooks';

const windowMs = 5_000;

/** Starts counting. Each call tells every endpoint's requests since the last call that was at least five seconds ago. */
export function watchRecentRequests(): (endpoints: readonly EndpointStats[]) => readonly number[] {
  const samples: { atMs: number; counts: readonly number[] }[] = [{ atMs: performance.now(), counts: [] }];
  return (endpoints) => {
    const now = { atMs: performance.now(), counts: endpoints.map((endpoint) => endpoint.acquired) };
    samples.push(now);
    while (samples.length > 2 && (samples[1]?.atMs ?? 0) <= now.atMs - windowMs) samples.shift();
    return now.counts.map((count, index) => count - (samples[0]?.counts[index] ?? 0));
  };
}
