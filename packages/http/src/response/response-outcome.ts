// What an answer says about its endpoint. What becomes of that is core's business.
import { outcomeOk, type Outcome } from '@sluice/core';
import type { StatusList } from '../health/status-list.ts';

/** Says it by the status; `latencyMs` is there when somebody wants it. */
export type OutcomeJudge = (status: number, latencyMs: number | undefined) => Outcome;

/** Makes a judge for whom some statuses are failures. */
export function createOutcomeJudge(failures: StatusList): OutcomeJudge {
  // An error costs its stack trace, and these say no more than their status.
  const errors = new Map<number, Error>();
  return (status, latencyMs) => {
    if (!failures.has(status)) return latencyMs === undefined ? outcomeOk : { result: 'ok', latencyMs };
    let error = errors.get(status);
    if (error === undefined) errors.set(status, (error = new Error(`status ${status}`)));
    return { result: 'failed', answered: true, error, latencyMs };
  };
}
