import { createManualClock, type ProxyError, type Upstream } from '@sluice/core';
import { expect, test } from 'vitest';
import { emptyBody } from './body/body.ts';
import { httpError } from './errors.ts';
import { ExchangeRunner } from './exchange-runner.ts';
import { receive } from './exchange-receiver.ts';
import type { ExchangeInit, ProxyExchange } from './exchange.ts';
import { createHeaderList } from './headers/header-list.ts';
import type { Handler } from './middleware.ts';
import { createResponse, type ProxyResponse } from './response/response.ts';

const connection = { remoteAddress: '127.0.0.1', remotePort: 1, localPort: 2, secure: false };

function init(target = '/'): ExchangeInit {
  return {
    connection,
    inform: () => {},
    request: {
      method: 'GET',
      target,
      version: '1.1',
      headers: createHeaderList(['Host', 'a']),
      body: emptyBody,
      expectContinue: false,
      upgrade: undefined,
    },
  };
}

function runnerWith(handler: Handler, totalMs = Infinity) {
  const clock = createManualClock();
  const finished: { status: number; code: string | undefined; startedMs: number }[] = [];
  let count = 0;
  const runner = new ExchangeRunner({
    home: {
      upstream: {} as Upstream,
      resolveClient: () => ({ address: '', port: 1, protocol: 'http', host: 'a', trusted: false }),
      nextId: () => `id-${++count}`,
      clock,
      totalMs,
    },
    handler,
    forwarded: 'x-forwarded',
    clock,
    totalMs,
    onFinished: (_exchange, status, error: ProxyError | undefined, startedMs) =>
      void finished.push({ status, code: error?.code, startedMs }),
  });
  return { runner, clock, finished };
}

function respond(runner: ExchangeRunner, exchange: ProxyExchange): Promise<ProxyResponse> {
  return receive((receiver) => runner.respond(exchange, receiver));
}

/** A handler that answers at once. */
function answering(answer: (exchange: ProxyExchange) => ProxyResponse): Handler {
  return (exchange, receiver) => receiver.onResponse(exchange, answer(exchange));
}

test('hands the handler a checked request', async () => {
  const { runner } = runnerWith(answering((exchange) => createResponse({ body: exchange.request.target })));
  const response = await respond(runner, runner.begin(init('http://b/x')));
  expect(response.body.size).toBe(2);
});

test('answers a request that can not be checked without asking the handler', async () => {
  const { runner, finished } = runnerWith(() => {
    throw new Error('not reached');
  });
  const exchange = runner.begin(init('nonsense'));
  const error: unknown = await respond(runner, exchange).catch((reason: unknown) => reason);
  const refusal = runner.answer(exchange, error);
  expect([refusal.status, refusal.headers.get('connection')]).toEqual([400, 'close']);
  runner.finish(exchange, 400);
  expect(finished).toEqual([{ status: 400, code: 'SLUICE_TARGET_INVALID', startedMs: 0 }]);
});

test('refuses what the front found wrong', async () => {
  const { runner } = runnerWith(answering(() => createResponse()));
  const fault = httpError('SLUICE_BODY_ALREADY_READ', 'read');
  await expect(respond(runner, runner.begin({ ...init(), fault }))).rejects.toBe(fault);
});

test('gives each exchange an id of its own, when somebody asks', () => {
  const { runner } = runnerWith(answering(() => createResponse()));
  const first = runner.begin(init());
  const second = runner.begin(init());
  expect([second.id, first.id, second.id]).toEqual(['id-1', 'id-2', 'id-1']);
});

test('aborts an exchange that takes longer than the total time', () => {
  const { runner, clock } = runnerWith(
    answering(() => createResponse()),
    500,
  );
  const exchange = runner.begin(init());
  clock.advance(499);
  expect(exchange.scope.aborted).toBe(false);
  clock.advance(1);
  expect(exchange.scope.reason).toMatchObject({ code: 'SLUICE_TOTAL_TIMEOUT' });
});

test('leaves no timer behind a finished exchange', () => {
  const { runner, clock } = runnerWith(
    answering(() => createResponse()),
    500,
  );
  runner.finish(runner.begin(init()), 200);
  expect(clock.pendingTimers).toBe(0);
});

test('is idle when the last open exchange has finished, which counts once', async () => {
  const { runner, finished } = runnerWith(answering(() => createResponse()));
  const first = runner.begin(init());
  const second = runner.begin(init());
  let idle = false;
  const waiting = runner.idle().then(() => (idle = true));
  runner.finish(first, 200);
  runner.finish(first, 200);
  await Promise.resolve();
  expect([idle, runner.openCount, finished.length]).toEqual([false, 1, 1]);
  runner.finish(second, 200);
  await waiting;
  expect(runner.openCount).toBe(0);
});

test('aborts everything that is open, and remembers why', () => {
  const { runner, finished } = runnerWith(answering(() => createResponse()));
  const exchange = runner.begin(init());
  const reason = httpError('SLUICE_TOTAL_TIMEOUT', 'over');
  expect(runner.abortAll(reason)).toBe(1);
  expect(exchange.scope.reason).toBe(reason);
  runner.finish(exchange, 504);
  expect(finished[0]?.code).toBe('SLUICE_TOTAL_TIMEOUT');
});
