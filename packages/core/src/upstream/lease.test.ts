import { expect, test } from 'vitest';
import { EndpointLease, outcomeCancelled, outcomeOk, type Outcome } from './lease.ts';
import type { LiveEndpoint } from './live-endpoint.ts';

test('is given back once, with the first outcome', () => {
  const heard: [EndpointLease, Outcome, boolean][] = [];
  const endpoint = { id: 'a' } as LiveEndpoint;
  const lease = new EndpointLease(endpoint, 7, {
    wantsLatency: true,
    onSucceeded: () => {},
    onReleased: (...released) => heard.push(released),
  });
  expect([lease.endpoint, lease.term, lease.wantsLatency]).toEqual([endpoint, 7, true]);
  lease.release(outcomeOk);
  lease.release(outcomeCancelled);
  expect(heard).toEqual([[lease, outcomeOk, false]]);
});

test('may succeed before, once', () => {
  const heard: unknown[][] = [];
  const endpoint = { id: 'a' } as LiveEndpoint;
  const lease = new EndpointLease(endpoint, 7, {
    wantsLatency: false,
    onSucceeded: (...succeeded) => heard.push(succeeded),
    onReleased: (...released) => heard.push(released),
  });
  lease.succeed(5);
  lease.succeed(6);
  lease.release(outcomeCancelled);
  lease.succeed(7);
  expect(heard).toEqual([
    [lease, 5],
    [lease, outcomeCancelled, true],
  ]);
});

test('the outcomes without details can not be changed', () => {
  expect(Object.isFrozen(outcomeOk) && Object.isFrozen(outcomeCancelled)).toBe(true);
});
