// What a balancer has derived from an endpoint set, kept for as long as the set lives.
import type { EndpointSet } from '../endpoint/endpoint-set.ts';

/** Remembers one state per set. Looking up does not allocate. */
export class StateBySet<State> {
  readonly #derive: (set: EndpointSet) => State;
  readonly #states = new WeakMap<EndpointSet, State>();
  #latestSet: EndpointSet | undefined;
  #latestState: State | undefined;

  constructor(derive: (set: EndpointSet) => State) {
    this.#derive = derive;
  }

  /** The state of a set, derived when it is first asked for. */
  of(set: EndpointSet): State {
    if (set === this.#latestSet) return this.#latestState as State;
    let state = this.#states.get(set);
    if (state === undefined) {
      state = this.#derive(set);
      this.#states.set(set, state);
    }
    this.#latestSet = set;
    this.#latestState = state;
    return state;
  }
}
