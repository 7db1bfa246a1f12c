// Counts what each client has open, in order to limit it.
import { addressGroup } from './address-group.ts';

/** Counts by client: an IPv4 address, or the /64 network of an IPv6 address. */
export interface ClientCounts {
  /**
   * Counts one more for a client. What comes through a Unix socket has the address `''`, and is not counted.
   *
   * @returns false when it has as many as it may: nothing is counted then
   */
  enter(address: string): boolean;
  /** One of those that were counted is over. */
  leave(address: string): void;
}

/** Makes the counts of one listener or proxy. @param maxPerClient - With `Infinity` nothing is counted. */
export function createClientCounts(maxPerClient: number): ClientCounts {
  const counts = new Map<string, number>();
  const isCounted = (address: string): boolean => maxPerClient !== Infinity && address !== '';
  return {
    enter(address) {
      if (!isCounted(address)) return true;
      const group = addressGroup(address);
      const count = counts.get(group) ?? 0;
      if (count >= maxPerClient) return false;
      counts.set(group, count + 1);
      return true;
    },
    leave(address) {
      if (!isCounted(address)) return;
      const group = addressGroup(address);
      const count = counts.get(group) ?? 0;
      if (count > 1) counts.set(group, count - 1);
      else counts.delete(group);
    },
  };
}
