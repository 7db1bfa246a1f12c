// The difference between the endpoints that are and those that shall be.
import type { Clock } from '../clock.ts';
import type { EndpointHealth } from '../health/endpoint-health.ts';
import { createCounters, LiveEndpoint, type EndpointDescription } from './live-endpoint.ts';
import type { SlowStart } from './slow-start.ts';
import type { UpstreamChange } from './upstream-events.ts';

/** The endpoints after an update, and how they differ from those before. */
export interface EndpointUpdate extends Omit<UpstreamChange, 'generation'> {
  /** In the order of the descriptions; those that did not change are the same objects. */
  readonly endpoints: readonly LiveEndpoint[];
  /** Those that are gone. */
  readonly gone: readonly LiveEndpoint[];
  /** Whether anything differs, the order included. */
  readonly isChange: boolean;
}

/** Puts new descriptions on known endpoints and makes the others. */
export function updateEndpoints(
  before: readonly LiveEndpoint[],
  descriptions: readonly EndpointDescription[],
  createHealth: () => EndpointHealth,
  clock: Clock,
  slowStart?: SlowStart,
): EndpointUpdate {
  const known = new Map(before.map((endpoint) => [endpoint.id, endpoint]));
  const added: string[] = [];
  const changed: string[] = [];
  const endpoints = descriptions.map((description) => {
    const endpoint = known.get(description.id);
    known.delete(description.id);
    if (endpoint === undefined) {
      added.push(description.id);
      const counters = createCounters(createHealth());
      // Those of the beginning have nobody to rise beside.
      if (before.length > 0) counters.rampStartMs = clock.now();
      return new LiveEndpoint(description, counters, clock, slowStart);
    }
    if (isSame(endpoint, description)) return endpoint;
    changed.push(description.id);
    // What is known of the health of an address says nothing about another.
    if (endpoint.address.href !== description.address.href) endpoint.counters.health.forget();
    return new LiveEndpoint(description, endpoint.counters, clock, slowStart);
  });
  const gone = [...known.values()];
  const isChange = gone.length > 0 || endpoints.some((endpoint, index) => endpoint !== before[index]);
  return { endpoints, gone, isChange, added, changed, removed: gone.map(({ id }) => id) };
}

function isSame(endpoint: EndpointDescription, other: EndpointDescription): boolean {
  return (
    endpoint.address.href === other.address.href &&
    endpoint.weight === other.weight &&
    endpoint.backup === other.backup &&
    endpoint.priority === other.priority &&
    endpoint.zone === other.zone &&
    endpoint.region === other.region &&
    endpoint.down === other.down &&
    endpoint.maxInFlight === other.maxInFlight &&
    isSameValue(endpoint.metadata, other.metadata, 0)
  );
}

/** A source reads the same metadata anew each time, so that what is in them counts: as deep as somebody would write them by hand. */
function isSameValue(value: unknown, other: unknown, depth: number): boolean {
  if (Object.is(value, other)) return true;
  if (!isPlain(value) || !isPlain(other) || Array.isArray(value) !== Array.isArray(other) || depth > 8) return false;
  const keys = Object.keys(value);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && isSameValue(value[key], other[key], depth + 1))
  );
}

/** Whether it is a list, or an object without a class. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype || prototype === null;
}
