// Where an exchange goes when an endpoint has failed it: to one that has not.
import { isProxyError, pause, type Clock, type Endpoint, type Lease, type ProxyError } from '@sluice/core';
import type { ProxyExchange } from './exchange.ts';

/** Waits, then leases an endpoint that has not failed this exchange. When there is none left, the last failure says more than "none". */
export async function acquireAnother(
  exchange: ProxyExchange,
  clock: Clock,
  waitMs: number,
  except?: Endpoint,
): Promise<Lease> {
  const { attempts, preference, scope, upstream } = exchange;
  if (waitMs > 0) await pause(waitMs, clock, scope);
  const only = preference?.isStrict === true ? preference.endpointId : undefined;
  const accept = ({ id }: Endpoint): boolean =>
    id !== except?.id && (only === undefined || id === only) && !exchange.hasTried(id);
  try {
    return await upstream.acquire({ key: exchange.hashKey, accept }, scope);
  } catch (error) {
    const last = attempts.at(-1);
    if (last !== undefined && isProxyError(error) && isNobodyLeft(error)) throw last.error;
    throw error;
  }
}

function isNobodyLeft({ code }: ProxyError): boolean {
  return code === 'SLUICE_NO_ENDPOINT' || code === 'SLUICE_CIRCUIT_OPEN';
}

/** The same instead of an answer that is there already, and that is better than an error: `undefined` when there is nobody else. */
export async function acquireInstead(
  exchange: ProxyExchange,
  { endpoint }: Lease,
  clock: Clock,
  waitMs: number,
): Promise<Lease | undefined> {
  try {
    return await acquireAnother(exchange, clock, waitMs, endpoint);
  } catch {
    return undefined;
  }
}
