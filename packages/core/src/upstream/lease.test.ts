import { expect, test } from 'vitest';
import { EndpointLease, outcomeCancelled, outcomeOk, type Outcome } from './lease.ts';
import type { LiveEndpoint } from './live-endpoint.ts';

test('is given back once, with the first outcome', () => {
  const heard: [LiveEndpoint, number, Outcome][] = [];
  const endpoint = { id: 'a' } as LiveEndpoint;
  const lease = new EndpointLease(endpoint, 7, { onReleased: (...released) => heard.push(released) });
  expect(lease.endpoint).toBe(endpoint);
  lease.release(outcomeOk);
  lease.release(outcomeCancelled);
  expect(heard).toEqual([[endpoint, 7, outcomeOk]]);
});

test('the outcomes without details can not be changed', () => {
  expect(Object.isFrozen(outcomeOk) && Object.isFrozen(outcomeCancelled)).toBe(true);
});
