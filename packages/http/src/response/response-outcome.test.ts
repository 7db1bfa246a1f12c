import { outcomeOk, resolveOptions } from '@sluice/core';
import { expect, test } from 'vitest';
import { readStatusList } from '../health/status-list.ts';
import { createOutcomeJudge } from './response-outcome.ts';

const judge = createOutcomeJudge(
  resolveOptions({ statuses: ['502-504'] }, 'proxy', (reader) => readStatusList(reader, 'statuses', [])),
);

test('most answers are fine, and cost nothing', () => {
  expect([judge(200, undefined), judge(404, undefined), judge(500, undefined)]).toEqual([
    outcomeOk,
    outcomeOk,
    outcomeOk,
  ]);
  expect(judge(200, undefined)).toBe(outcomeOk);
});

test('some are failures, though answers', () => {
  expect(judge(503, undefined)).toEqual({ result: 'failed', answered: true, error: new Error('status 503') });
  expect(judge(503, undefined).error).toBe(judge(503, 7).error);
});

test('latencies are passed on', () => {
  expect(judge(200, 5)).toEqual({ result: 'ok', latencyMs: 5 });
  expect(judge(502, 5)).toMatchObject({ result: 'failed', latencyMs: 5 });
});
