// Whether an upstream panics, told and counted. When it does is decided in tiers/tier-list.ts, what happens then in EndpointSelection.
import type { Events } from '../events.ts';
import type { TierList } from '../tiers/tier-list.ts';
import type { UpstreamEvents } from '../upstream/upstream-events.ts';
import type { PanicMode } from './health-options.ts';

/** The panics of one upstream. */
export class PanicWatch {
  /** Whether too few endpoints are healthy now. */
  isPanicking = false;
  /** How often they became too few. */
  count = 0;
  readonly #mode: PanicMode;
  readonly #emit: Events<UpstreamEvents>['emit'];

  constructor(mode: PanicMode, emit: Events<UpstreamEvents>['emit']) {
    this.#mode = mode;
    this.#emit = emit;
  }

  /** Looks at tiers that have just been measured. */
  look(tiers: TierList): void {
    const isPanicking = tiers.isPanicking && this.#mode !== false;
    if (isPanicking === this.isPanicking) return;
    this.isPanicking = isPanicking;
    if (isPanicking) this.count++;
    this.#emit(isPanicking ? 'panic-started' : 'panic-ended', { healthyPercent: Math.round(100 * tiers.soundShare) });
  }
}
