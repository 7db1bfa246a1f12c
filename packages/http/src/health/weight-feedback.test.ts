import { createManualClock, createUpstream, resolveOptions, type Lease, type Upstream } from '@sluice/core';
import { expect, test } from 'vitest';
import type { ProxyExchange } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { readWeightFeedback } from './weight-feedback.ts';

const clock = createManualClock();
const createOwn = (): Upstream => createUpstream({ endpoints: ['a:1', 'b:1'], clock });

interface Upstreams {
  readonly own?: Upstream;
  readonly from?: Upstream;
}

/** What is left of a field after an answer of the first endpoint of `from`, and what that endpoint's weight is then. */
function answer(weightFeedback: unknown, value: string, upstreams: Upstreams = {}) {
  const { own = createOwn(), from = own } = upstreams;
  const edits = resolveOptions({ weightFeedback }, 'proxy', (reader) => readWeightFeedback(reader, own));
  const headers = createHeaderList(['X-Sluice-Weight', value, 'X-Other', 'kept']);
  const [endpoint] = from.endpointSet.endpoints;
  for (const edit of edits) edit(headers, { upstream: from } as ProxyExchange, { endpoint } as Lease);
  return { fields: headers.toFlat(), endpoint: from.stats().endpoints[0]! };
}

test('an endpoint gets what it asks for, and the client does not hear of it', () => {
  const { fields, endpoint } = answer(true, '50%');
  expect(fields).toEqual(['X-Other', 'kept']);
  expect(endpoint).toMatchObject({
    currentWeight: 0.5,
    explanation: 'available: 50 % of its weight, X-Sluice-Weight: 50%',
  });
});

test('it holds for as long as it was told', () => {
  const own = createOwn();
  answer({ holdMs: 100 }, 'drain', { own });
  expect(own.stats().endpoints[0]).toMatchObject({ state: 'draining' });
  clock.advance(100);
  expect(own.stats().endpoints[0]).toMatchObject({ state: 'available' });
});

test('nobody listens unless told to, and the field is a field like others', () => {
  const { fields, endpoint } = answer(false, '50%');
  expect([fields.length, endpoint.currentWeight]).toEqual([4, 1]);
});

test('nonsense, and what others say, is dropped', () => {
  expect(answer(true, 'lots')).toMatchObject({ fields: ['X-Other', 'kept'], endpoint: { currentWeight: 1 } });
  const from = createOwn();
  expect(answer(true, '50%', { from })).toMatchObject({ fields: ['X-Other', 'kept'], endpoint: { currentWeight: 1 } });
  expect(answer({ upstreams: [from] }, '50%', { from }).endpoint.currentWeight).toBe(0.5);
  expect(answer({ upstreams: [] }, '50%').endpoint.currentWeight).toBe(1);
});

test('an endpoint that is gone asks in vain', () => {
  const own = createOwn();
  const [endpoint] = own.endpointSet.endpoints;
  own.update(['b:1']);
  const [edit] = resolveOptions({ weightFeedback: true }, 'proxy', (reader) => readWeightFeedback(reader, own));
  edit!(createHeaderList(['X-Sluice-Weight', '0']), { upstream: own } as ProxyExchange, { endpoint } as Lease);
  expect(own.stats().endpoints.map(({ state }) => state)).toEqual(['available']);
});

test('wrong options are refused', () => {
  expect(() => answer({ header: 'a b', holdMs: 0, upstreams: [{}], hold: 1 }, '')).toThrow(
    'weightFeedback.header must be a field name; weightFeedback.holdMs must be a number >= 1, got 0; ' +
      'weightFeedback.upstreams[0] must be an upstream, got an object; weightFeedback.hold is unknown',
  );
});
