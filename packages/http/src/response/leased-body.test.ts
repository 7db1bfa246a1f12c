import type { Lease, Outcome } from '@sluice/core';
import { expect, test } from 'vitest';
import { emptyBody, type Body, type BodySink } from '../body/body.ts';
import { bytesBody } from '../body/bytes-body.ts';
import { httpError } from '../errors.ts';
import { LeasedBody } from './leased-body.ts';

function lend(body: Body): { leased: LeasedBody; outcomes: Outcome[] } {
  const outcomes: Outcome[] = [];
  const lease = { endpoint: {}, release: (outcome: Outcome) => void outcomes.push(outcome) } as unknown as Lease;
  return { leased: new LeasedBody(body, lease), outcomes };
}

const sink = { write: () => true, end: () => {}, fail: () => {} };

/** A body that fails as soon as it flows. */
function failing(error: ReturnType<typeof httpError>): Body {
  return { size: 5, started: false, pipe: (to: BodySink) => to.fail(error), cancel: () => {} };
}

test('releases when the body has ended, and not before', () => {
  const { leased, outcomes } = lend(bytesBody('hello'));
  let flush = (): void => {};
  leased.pipe({
    ...sink,
    write: (_chunk, flushed) => {
      flush = flushed;
      return false;
    },
  });
  expect(outcomes).toEqual([]);
  flush();
  expect(outcomes).toMatchObject([{ result: 'ok' }]);
});

test('an empty body releases as well', () => {
  const { leased, outcomes } = lend(emptyBody);
  leased.pipe(sink);
  expect(outcomes).toMatchObject([{ result: 'ok' }]);
});

test('blames the endpoint for what it did, and for nothing else', () => {
  const cut = httpError('SLUICE_RESPONSE_CUT', 'cut');
  const endpointFailed = lend(failing(cut));
  endpointFailed.leased.pipe(sink);
  expect(endpointFailed.outcomes).toEqual([{ result: 'failed', error: cut }]);
  const clientLeft = lend(failing(httpError('SLUICE_CLIENT_ABORTED', 'gone')));
  clientLeft.leased.pipe(sink);
  expect(clientLeft.outcomes).toMatchObject([{ result: 'cancelled' }]);
});

test('a body that nobody wants is given up, and its endpoint is free', () => {
  const body = bytesBody('hello');
  const { leased, outcomes } = lend(body);
  leased.cancel(undefined);
  expect(outcomes).toMatchObject([{ result: 'cancelled' }]);
  expect([leased.started, body.started, leased.size]).toEqual([true, true, 5]);
});
