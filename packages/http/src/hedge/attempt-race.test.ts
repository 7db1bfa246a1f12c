import { createManualClock, createUpstream, isProxyError, outcomeOk, type Lease } from '@sluice/core';
import { expect, test } from 'vitest';
import { emptyBody, type Body, type BodySink } from '../body/body.ts';
import { httpError } from '../errors.ts';
import { ProxyExchange, type ExchangeRequest } from '../exchange.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { createResponse, type ProxyResponse } from '../response/response.ts';
import { createRetryPolicy, type RetryPolicyOptions } from '../retry/create-retry-policy.ts';
import { ReplayableBody } from '../retry/replayable-body.ts';
import { retryJudge } from '../retry/retry-judge.ts';
import type { OutgoingRequest, Transport } from '../transport/transport.ts';
import { prepareRace } from './attempt-race.ts';

const died = httpError('SLUICE_SEND_FAILED', 'died');

/** An attempt that the transport was asked for, to be ended by the test. */
interface Sent {
  readonly request: OutgoingRequest;
  readonly answer: (status: number) => ProxyResponse;
  readonly fail: (error?: unknown) => void;
}

/** A source that has pushed nothing yet. */
class Source implements Body {
  readonly size = 5;
  started = false;
  sink: BodySink | undefined;

  pipe(sink: BodySink): void {
    this.started = true;
    this.sink = sink;
  }

  cancel(): void {}
}

function setUp(retry: RetryPolicyOptions, request: Partial<ExchangeRequest> = {}, endpoints = 3) {
  const clock = createManualClock();
  const upstream = createUpstream({
    clock,
    balancer: 'first-available',
    endpoints: Array.from({ length: endpoints }, (_, index) => ({
      id: `e${index}`,
      address: `http://127.0.0.1:${index + 1}`,
    })),
  });
  const policy = createRetryPolicy({ clock, ...retry });
  const judge = retryJudge(policy);
  const informed: number[] = [];
  const events: string[] = [];
  const sent: Sent[] = [];
  const transport = {
    name: 'test',
    send(outgoing: OutgoingRequest): Promise<ProxyResponse> {
      return new Promise((resolve, reject) => {
        outgoing.scope.onAbort(reject);
        const answer = (status: number): ProxyResponse => {
          const response = createResponse({ status, body: 'x' });
          resolve(response);
          return response;
        };
        sent.push({ request: outgoing, answer, fail: (error = died) => reject(error) });
      });
    },
  } as Partial<Transport> as Transport;
  const connection = { remoteAddress: '127.0.0.1', remotePort: 1, localPort: 2, secure: false };
  const client = { address: '127.0.0.1', port: 1, protocol: 'http', host: 'a', trusted: false } as const;
  const exchange = new ProxyExchange(
    {
      connection,
      inform: (status) => void informed.push(status),
      request: {
        method: 'GET',
        target: '/',
        version: '1.1',
        headers: createHeaderList(['Host', 'a']),
        body: emptyBody,
        expectContinue: false,
        upgrade: undefined,
        ...request,
      },
    },
    { upstream, resolveClient: () => client, nextId: () => '1', clock, totalMs: Infinity },
  );
  const { body, method } = exchange.request;
  const replay = judge.begin(exchange);
  const headers = createHeaderList(['Host', 'a']);
  const race = prepareRace(exchange, judge.hedging, replay, headers, {
    transport,
    head: { viaPseudonym: undefined, host: 'preserve' },
    judge: () => outcomeOk,
    clock,
    onAttemptFailed: (_, { id }, { code }) => events.push(`${id} ${code}`),
    onHedged: (_, { id }) => events.push(`hedge ${id}`),
    onOvertaken: (_, { id }, winner) => events.push(`${winner.id} overtakes ${id}`),
  });
  const run = (): Promise<ProxyResponse> => {
    if (race === undefined) throw new Error('not hedged');
    race.lease = upstream.acquire({}) as Lease;
    const timeouts = { connectMs: 1, responseHeadMs: 1, requestBodyIdleMs: 1, responseBodyIdleMs: 1 };
    return race.run({
      endpoint: race.lease.endpoint,
      method,
      target: '/',
      headers,
      body: replay?.next() ?? body,
      expectContinue: false,
      upgrade: undefined,
      mayResend: true,
      scope: exchange.scope,
      timeouts,
      onInformational: (status) => void informed.push(status),
    });
  };
  const inFlight = (): number => upstream.stats().inFlight;
  return { clock, exchange, policy, race, run, sent, events, informed, inFlight, judge };
}

/** Lets what was settled be heard. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
};

const after50 = { hedge: { afterMs: 50 } };

test('an answer in time is not hedged, and no timer is left', async () => {
  const { run, sent, clock, race, events } = setUp(after50);
  const answered = run();
  clock.advance(49);
  sent[0]?.answer(200);
  expect((await answered).status).toBe(200);
  expect([race?.lease.endpoint.id, clock.pendingTimers, sent.length, events]).toEqual(['e0', 0, 1, []]);
});

test('the second may win: the first is cancelled, its lease is back, and nobody is to blame', async () => {
  const { run, sent, clock, race, events, policy, exchange, inFlight } = setUp(after50);
  const answered = run();
  clock.advance(50);
  expect(sent.map(({ request }) => request.endpoint.id)).toEqual(['e0', 'e1']);
  clock.advance(7);
  sent[1]?.answer(200);
  expect((await answered).status).toBe(200);
  expect(events).toEqual(['hedge e1', 'e1 overtakes e0']);
  expect(sent.map(({ request }) => request.scope.aborted)).toEqual([true, false]);
  expect([race?.lease.endpoint.id, race?.startedMs, inFlight()]).toEqual(['e1', 50, 1]);
  expect(exchange.attempts.map(({ endpointId }) => endpointId)).toEqual(['e0']);
  expect(policy.stats()).toMatchObject({ granted: 1, hedges: 1, hedgesWon: 1 });
  expect(clock.pendingTimers).toBe(0);
});

test('the first may still win', async () => {
  const { run, sent, clock, race, events, policy } = setUp(after50);
  const answered = run();
  clock.advance(50);
  sent[0]?.answer(200);
  await answered;
  expect([race?.lease.endpoint.id, events.at(-1)]).toEqual(['e0', 'e0 overtakes e1']);
  expect(policy.stats()).toMatchObject({ hedges: 1, hedgesWon: 0 });
});

test('when one fails the other decides', async () => {
  const { run, sent, clock, events, inFlight } = setUp(after50);
  const answered = run();
  clock.advance(50);
  sent[0]?.fail();
  await settle();
  expect([events, inFlight()]).toEqual([['hedge e1', 'e0 SLUICE_SEND_FAILED'], 1]);
  sent[1]?.answer(201);
  expect((await answered).status).toBe(201);
});

test('when all fail the last failure is the race’s, and its lease is for the caller to give back', async () => {
  const { run, sent, clock, race, events, inFlight } = setUp(after50);
  const answered = run();
  clock.advance(50);
  sent[1]?.fail();
  await settle();
  sent[0]?.fail();
  await expect(answered).rejects.toBe(died);
  expect([events, inFlight(), race?.lease.endpoint.id]).toEqual([['hedge e1', 'e1 SLUICE_SEND_FAILED'], 1, 'e0']);
});

test('a failure before the time is over ends the race at once', async () => {
  const { run, sent, clock } = setUp(after50);
  const answered = run();
  sent[0]?.fail();
  await expect(answered).rejects.toBe(died);
  clock.advance(1_000);
  expect([sent.length, clock.pendingTimers]).toEqual([1, 0]);
});

test('an answer that is no better than none waits for the other, and is better than an error', async () => {
  const { run, sent, clock, race, events } = setUp({ ...after50, statuses: [503] });
  const answered = run();
  clock.advance(50);
  sent[1]?.answer(503);
  await settle();
  expect(events).toEqual(['hedge e1']);
  sent[0]?.fail();
  expect((await answered).status).toBe(503);
  expect(race?.lease.endpoint.id).toBe('e1');
});

test('an answer that is no better than none is given up for a good one', async () => {
  const { run, sent, clock, events, inFlight } = setUp({ ...after50, statuses: [503] });
  const answered = run();
  clock.advance(50);
  const bad = sent[0]?.answer(503);
  await settle();
  sent[1]?.answer(200);
  expect((await answered).status).toBe(200);
  expect([events.at(-1), bad?.body.started, inFlight()]).toEqual(['e0 SLUICE_STATUS_REFUSED', true, 1]);
});

test('a client that leaves ends all of them', async () => {
  const { run, sent, clock, exchange } = setUp(after50);
  const answered = run();
  clock.advance(50);
  const gone = httpError('SLUICE_CLIENT_ABORTED', 'gone');
  exchange.scope.abort(gone);
  await expect(answered).rejects.toBe(gone);
  expect([sent.map(({ request }) => request.scope.aborted), clock.pendingTimers]).toEqual([[true, true], 0]);
});

test('a client that leaves before the time is over is not hedged', async () => {
  const { run, sent, clock, exchange } = setUp(after50);
  const answered = run();
  exchange.scope.abort(httpError('SLUICE_CLIENT_ABORTED', 'gone'));
  clock.advance(50);
  await expect(answered).rejects.toSatisfy(isProxyError);
  expect(sent.length).toBe(1);
});

test('no more than the budget allows, than maxHedges, than maxAttempts, than there are endpoints', () => {
  const started = (retry: RetryPolicyOptions, endpoints = 5): number => {
    const { run, sent, clock } = setUp(retry, {}, endpoints);
    run().catch(() => {});
    for (let step = 0; step < 10; step++) clock.advance(50);
    return sent.length;
  };
  const hedge = { afterMs: 50, maxHedges: 9 };
  expect(started({ hedge, maxAttempts: 4 })).toBe(4);
  expect(started({ hedge: { ...hedge, maxHedges: 2 }, maxAttempts: 9 })).toBe(3);
  expect(started({ hedge, maxAttempts: 9 }, 2)).toBe(2);
  expect(started({ hedge, maxAttempts: 9, budget: { ratio: 0, minPerSecond: 0.1 } })).toBe(2);
});

test('interim responses are heard from the winner alone', async () => {
  const { run, sent, clock, informed } = setUp(after50);
  const answered = run();
  const none = createHeaderList();
  sent[0]?.request.onInformational?.(103, '', none);
  expect(informed).toEqual([]);
  clock.advance(50);
  sent[1]?.request.onInformational?.(102, '', none);
  sent[1]?.answer(200);
  await answered;
  expect(informed).toEqual([102]);
});

test('the only one that can win is heard at once', async () => {
  const { run, sent, clock, informed } = setUp(after50, {}, 1);
  const answered = run();
  const none = createHeaderList();
  sent[0]?.request.onInformational?.(103, '', none);
  clock.advance(50);
  expect(informed).toEqual([103]);
  sent[0]?.request.onInformational?.(102, '', none);
  expect(informed).toEqual([103, 102]);
  sent[0]?.answer(200);
  await answered;
});

test('a body is sent twice once it has all come, and not before', async () => {
  const source = new Source();
  const hedge = { afterMs: 50, methods: ['PUT'] };
  const { run, sent, clock } = setUp({ hedge }, { method: 'PUT', body: source });
  const answered = run();
  const texts = ['', ''];
  const read = (index: number): void =>
    sent[index]?.request.body.pipe({
      write: (chunk) => ((texts[index] += Buffer.from(chunk).toString()), true),
      end() {},
      fail() {},
    });
  read(0);
  source.sink?.write(Buffer.from('hel'), () => {});
  clock.advance(50);
  expect(sent.length).toBe(1);
  source.sink?.write(Buffer.from('lo'), () => {});
  source.sink?.end(undefined);
  clock.advance(50);
  read(1);
  expect(texts).toEqual(['hello', 'hello']);
  sent[1]?.answer(200);
  await answered;
});

test('a body that is too long to remember is sent once', () => {
  const source = new Source();
  const hedge = { afterMs: 50, methods: ['PUT'] };
  const { run, sent, clock } = setUp({ hedge, maxReplayBytes: 4 }, { method: 'PUT', body: source });
  run().catch(() => {});
  sent[0]?.request.body.pipe({ write: () => true, end() {}, fail() {} });
  clock.advance(50);
  expect([sent.length, clock.pendingTimers]).toEqual([1, 0]);
});

test.each<[string, Partial<ExchangeRequest>]>([
  ['POST', { method: 'POST' }],
  ['PUT without being asked', { method: 'PUT' }],
  ['an upgrade', { upgrade: 'websocket' }],
  ['Expect: 100-continue', { body: new Source(), expectContinue: true }],
])('%s is never hedged', (_, request) => {
  expect(setUp(after50, request).race).toBeUndefined();
});

test('what belongs to an endpoint is not hedged, and nothing is when it is not asked for', () => {
  const { exchange, judge } = setUp(after50);
  exchange.preference = { endpointId: 'e0', isStrict: false };
  expect(judge.hedging?.mayHedge(exchange, false)).toBe(false);
  expect(setUp({}).race).toBeUndefined();
});

test('with a percentile, nothing is hedged before there is enough to learn from', async () => {
  const { run, sent, clock, judge } = setUp({ hedge: { percentile: 0.9, minSamples: 10, minMs: 1 } });
  for (let count = 0; count < 10; count++) {
    const answered = run();
    clock.advance(count === 9 ? 200 : 20);
    sent.at(-1)?.answer(200);
    await answered;
  }
  expect(sent.length).toBe(10);
  run().catch(() => {});
  clock.advance(19);
  expect(sent.length).toBe(11);
  clock.advance(4);
  expect(sent.length).toBe(12);
  expect(judge.stats().hedges).toBe(1);
});

test('the copy of a body needs all of it, and no trailers', () => {
  const source = new Source();
  const replay = new ReplayableBody(source, 100);
  replay.next().pipe({ write: () => true, end() {}, fail() {} });
  expect(replay.copy()).toBeUndefined();
  source.sink?.end(createHeaderList(['X-Sum', '1']));
  expect(replay.copy()).toBeUndefined();
});
