// A list that never changes, as a source: for code that wants a source and has a list.
import { resolveEndpoints } from '../upstream/upstream-options.ts';
import type { EndpointSnapshot, EndpointSource } from './endpoint-source.ts';

/**
 * Makes a source of a list that never changes.
 *
 * @throws OptionsError (`SLUICE_OPTIONS_INVALID`) when the list is wrong
 */
export function staticEndpoints(endpoints: EndpointSnapshot['endpoints']): EndpointSource {
  resolveEndpoints(endpoints);
  const snapshot: EndpointSnapshot = Object.freeze({ endpoints: Object.freeze([...endpoints]) });
  return {
    name: 'static',
    async *watch(scope) {
      if (!scope.aborted) yield snapshot;
    },
  };
}
