// The tries of one session to be served: how many there were, and who has failed it.
import type { Endpoint, ProxyError } from '@sluice/core';
import { isDatagramEndpoint } from './known-endpoints.ts';

/** Counted from the last reply on: an endpoint that replied makes up for those before it. */
export class Attempts {
  #count = 0;
  #failures: Map<string, ProxyError> | undefined;

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  /** The last failure. */
  get lastFailure(): ProxyError | undefined {
    return [...(this.#failures?.values() ?? [])].at(-1);
  }

  /** Which endpoints have not failed. */
  get accept(): (endpoint: Endpoint) => boolean {
    const failures = this.#failures;
    if (failures === undefined) return isDatagramEndpoint;
    return (endpoint) => isDatagramEndpoint(endpoint) && !failures.has(endpoint.id);
  }

  begin(): void {
    this.#count++;
  }

  /** The present one has been served, for a while. */
  succeed(): void {
    this.#count = 1;
    this.#failures = undefined;
  }

  fail(endpoint: Endpoint, error: ProxyError): void {
    (this.#failures ??= new Map()).set(endpoint.id, error);
  }
}
