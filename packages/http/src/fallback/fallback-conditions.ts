// When an exchange that went wrong may go elsewhere. Pure. What it gets there is fallback.ts.
import { isProxyError, type ProxyError } from '@sluice/core';
import type { Exchange } from '../exchange.ts';
import { isRepeatable } from '../retry/should-retry.ts';

/**
 * What went wrong with an upstream.
 *
 * - `no-endpoint`: it has none that will do.
 * - `circuit-open`: its circuit breakers let nothing through.
 * - `overloaded`: its queue was full, or the wait in it too long.
 * - `failed`: every attempt failed, retries included.
 */
export type FallbackCondition = 'no-endpoint' | 'circuit-open' | 'overloaded' | 'failed';

/** Every condition. */
export const fallbackConditions: readonly FallbackCondition[] = Object.freeze([
  'no-endpoint',
  'circuit-open',
  'overloaded',
  'failed',
]);

/** Which condition an error is; `undefined` for what another upstream would not change. */
export function fallbackCondition({ code, source, stage }: ProxyError): FallbackCondition | undefined {
  if (source === 'upstream') return 'failed';
  if (stage !== 'acquire') return undefined;
  if (code === 'SLUICE_NO_ENDPOINT' || code === 'SLUICE_DISCOVERY_FAILED') return 'no-endpoint';
  return code === 'SLUICE_CIRCUIT_OPEN' ? 'circuit-open' : 'overloaded';
}

/**
 * Whether another upstream may be asked: what has reached nobody may go anywhere, the rest only when its repetition does no harm.
 *
 * @param error - What it ended with.
 * @param isBodyWhole - Whether the body can be sent from its start.
 */
export function mayAskElsewhere({ request, attempts }: Exchange, error: ProxyError, isBodyWhole: boolean): boolean {
  if (!isBodyWhole) return false;
  if (isRepeatable(request.method, request.headers)) return true;
  return isUnsent(error) && attempts.every((attempt) => isUnsent(attempt.error));
}

function isUnsent(error: unknown): boolean {
  return isProxyError(error) && (error.retry === 'safe' || error.stage === 'acquire');
}
