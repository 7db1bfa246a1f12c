// Turns single probe results into a verdict that does not flap: HAProxy's rise and fall. Pure.

/** What checks say about an endpoint. `unknown`: nothing yet. */
export type CheckVerdict = 'healthy' | 'unhealthy' | 'unknown';

/** How many results in a row flip the verdict. */
export interface RiseAndFallLimits {
  readonly rise: number;
  readonly fall: number;
}

/** The verdict of one check on one endpoint. */
export class RiseAndFall {
  verdict: CheckVerdict;
  /** The latest results in a row that speak against the verdict. */
  against = 0;
  readonly #limits: RiseAndFallLimits;

  constructor(initial: CheckVerdict, limits: RiseAndFallLimits) {
    this.verdict = initial;
    this.#limits = limits;
  }

  /** Whether the verdict may flip soon, so that looking more often tells more. */
  get isChanging(): boolean {
    return this.against > 0 || this.verdict === 'unknown';
  }

  /** How many results against the verdict flip it. */
  get limit(): number {
    return this.verdict === 'healthy' ? this.#limits.fall : this.#limits.rise;
  }

  /** Takes one result. The first one decides what is unknown. @returns whether the verdict is another one now */
  note(healthy: boolean): boolean {
    const opinion = healthy ? 'healthy' : 'unhealthy';
    if (this.verdict === opinion) {
      this.against = 0;
      return false;
    }
    this.against++;
    if (this.verdict !== 'unknown' && this.against < this.limit) return false;
    this.verdict = opinion;
    this.against = 0;
    return true;
  }
}

/** What several checks say together: the worst of them. Without checks all is well. */
export function worstVerdict(verdicts: readonly CheckVerdict[]): CheckVerdict {
  if (verdicts.includes('unhealthy')) return 'unhealthy';
  return verdicts.includes('unknown') ? 'unknown' : 'healthy';
}
