// First available: fills the endpoints in the order of the options, so that the last ones stay idle and can be switched off.
import { isEligible, type Balancer } from './balancer.ts';

/**
 * Picks the first endpoint in the order of the options that takes work, as HAProxy's `first` does. Endpoints need a `maxInFlight`; without
 * one, everything goes to the first. Weights play no part, but for 0, which gets nothing.
 */
export function firstAvailable(): Balancer {
  return {
    name: 'first-available',
    pick({ endpoints }, hint) {
      for (let index = 0; index < endpoints.length; index++) {
        const endpoint = endpoints[index];
        if (endpoint !== undefined && isEligible(endpoint, hint)) return endpoint;
      }
      return undefined;
    },
  };
}
