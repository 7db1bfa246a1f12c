// An endpoint that is free at once, or none: what is only there to save time does not queue.
import { createAbortScope, outcomeCancelled, type AcquireHint, type Lease, type Upstream } from '@sluice/core';
import { httpError } from '../errors.ts';

/** Made once: an error costs its stack trace, and nobody hears this one. */
const noWait = httpError('SLUICE_ATTEMPT_OVERTAKEN', 'a hedge does not wait for an endpoint');

/** Leases an endpoint without waiting; `undefined` when that is not possible. */
export function acquireAtOnce(upstream: Upstream, hint: AcquireHint): Lease | undefined {
  const waiting = createAbortScope();
  try {
    const acquired = upstream.acquire(hint, waiting);
    if (!(acquired instanceof Promise)) return acquired;
    acquired.then(
      (lease) => lease.release(outcomeCancelled),
      () => {},
    );
    waiting.abort(noWait);
  } catch {
    // Nobody else is there.
  }
  return undefined;
}
