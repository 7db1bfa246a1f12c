// A source that is told: for registries that call back, controllers, tests. It keeps the newest list and nothing else.
import type { AbortScope } from '../abort-scope.ts';
import { resolveEndpoints } from '../upstream/upstream-options.ts';
import type { EndpointSnapshot, EndpointSource, SourceFailure } from './endpoint-source.ts';

/** A source, and the handle to tell it. */
export interface PushedEndpoints extends EndpointSource {
  /**
   * Tells all who follow. Who has not heard of a list before the next one comes, hears of the next one only.
   *
   * @throws OptionsError (`SLUICE_OPTIONS_INVALID`) when the list is wrong; nobody is told then.
   */
  push(endpoints: EndpointSnapshot['endpoints'], details?: Omit<EndpointSnapshot, 'endpoints'>): void;
  /** Tells all who follow that the list may be out of date; they use the last one on, until the next `push`. */
  fail(error: unknown): void;
}

/** Makes a source that knows nothing until it is told. @param name - What events and statistics call it. */
export function pushEndpoints(name = 'pushed'): PushedEndpoints {
  const waiting = new Set<() => void>();
  let snapshot: EndpointSnapshot | undefined;
  let failure: SourceFailure | undefined;
  const wake = (): void => {
    for (const listener of waiting) listener();
  };
  return {
    name,
    push(endpoints, details = {}) {
      resolveEndpoints(endpoints);
      snapshot = Object.freeze({ ...details, endpoints: Object.freeze([...endpoints]) });
      failure = undefined;
      wake();
    },
    fail(error) {
      failure = Object.freeze({ error });
      wake();
    },
    async *watch(scope) {
      let heard: EndpointSnapshot | undefined;
      let heardFailure: SourceFailure | undefined;
      while (!scope.aborted) {
        if (snapshot !== undefined && snapshot !== heard) yield (heard = snapshot);
        else if (failure !== undefined && failure !== heardFailure) yield (heardFailure = failure);
        else await untilWoken(waiting, scope);
      }
    },
  };
}

function untilWoken(waiting: Set<() => void>, scope: AbortScope): Promise<void> {
  return new Promise((resolve) => {
    let forget = (): void => {};
    const wake = (): void => {
      waiting.delete(wake);
      forget();
      resolve();
    };
    waiting.add(wake);
    forget = scope.onAbort(wake);
  });
}
