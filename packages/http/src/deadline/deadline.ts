// Deadlines: a client says how long it waits, the exchange takes no longer, and each endpoint hears what is left. How the time is written is
// time-budget.ts.
import { systemClock, type Clock } from '@sluice/core';
import { httpError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { Middleware } from '../middleware.ts';
import { resolveDeadlineOptions, type DeadlineOptions, type ResolvedDeadline } from './deadline-options.ts';
import { formatTimeBudget, parseTimeBudget } from './time-budget.ts';

/**
 * Makes middleware that keeps the time clients grant: it shortens what the exchange may take, never lengthens it, and tells each attempt's endpoint
 * what is left then. Put it first, so that what stands behind it counts.
 *
 * A request whose time is over is answered with 504 (`SLUICE_DEADLINE_PASSED`), and no endpoint is asked.
 *
 * @param clock - Where the time since 1970 comes from, for the absolute formats.
 * @throws OptionsError
 * @example
 * ```ts
 * const proxy = createProxy({
 *   to: 'http://127.0.0.1:3000',
 *   middleware: [deadline({ from: 'X-Request-Timeout-Ms', maxMs: 10_000 })],
 * });
 * ```
 */
export function deadline(options: DeadlineOptions, clock: Clock = systemClock): Middleware {
  const resolved = resolveDeadlineOptions(options);
  return (exchange, next) => {
    const budgetMs = readBudget(exchange, resolved, clock);
    const { from, to, minMs, reserveMs } = resolved;
    const { headers } = exchange.request;
    // Whoever wrote them: what the endpoint hears is the truth, or nothing.
    headers.delete(from.field);
    if (to !== undefined) headers.delete(to.field);
    if (isTooLittle(budgetMs, minMs)) throw passed(budgetMs);
    if (budgetMs !== Infinity) exchange.limitTime(budgetMs);
    if (to !== undefined)
      exchange.editAttempts((head) => {
        const leftMs = exchange.remainingMs - reserveMs;
        if (leftMs === Infinity) return;
        if (isTooLittle(leftMs, minMs)) throw passed(leftMs);
        head.set(to.field, formatTimeBudget(leftMs, to.format, clock.wallTimeMs()));
      });
    return next();
  };
}

/** What the exchange may take from now on, in milliseconds. @throws ProxyError `SLUICE_DEADLINE_INVALID` */
function readBudget({ request, client }: Exchange, resolved: ResolvedDeadline, clock: Clock): number {
  const { from, believe, maxMs, invalid } = resolved;
  if (believe === 'trusted' && !client.trusted) return maxMs;
  const values = request.headers.getAll(from.field);
  if (values.length === 0) return maxMs;
  const [value = ''] = values;
  const budgetMs = values.length === 1 ? parseTimeBudget(value, from.format, clock.wallTimeMs()) : undefined;
  if (budgetMs !== undefined) return Math.min(budgetMs, maxMs);
  if (invalid === 'refuse')
    throw httpError('SLUICE_DEADLINE_INVALID', `${from.field} must say a time as ${from.format}, once`);
  return maxMs;
}

function isTooLittle(leftMs: number, minMs: number): boolean {
  return leftMs <= 0 || leftMs < minMs;
}

function passed(leftMs: number): Error {
  return httpError('SLUICE_DEADLINE_PASSED', `${Math.max(0, Math.floor(leftMs))} ms are too little to ask anybody`);
}
