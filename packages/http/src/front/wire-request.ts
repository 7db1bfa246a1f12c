// Makes an exchange's request of a head that our own engine has read, and says what is wrong with it.
import type { ProxyError } from '@sluice/core';
import { emptyBody, type Body } from '../body/body.ts';
import { connectDisabled, connectWithBody } from '../connect/connect-refusals.ts';
import { httpError } from '../errors.ts';
import type { ExchangeRequest } from '../exchange.ts';
import { upgradeProtocol, type UpgradePolicy } from '../request/upgrade-protocol.ts';
import { bodyTooLarge } from '../wire/request-faults.ts';
import type { RequestFraming, RequestHead } from '../wire/request-head-reader.ts';

/** Makes the request. */
export function readWireRequest(
  { method, target, headers, minor }: RequestHead,
  { kind, upgrades }: RequestFraming,
  body: Body,
  policy: UpgradePolicy,
): ExchangeRequest {
  return {
    method,
    target,
    version: minor === 0 ? '1.0' : '1.1',
    headers,
    body,
    // RFC 9110 section 10.1.1.
    expectContinue: minor === 1 && kind !== 'none' && headers.get('expect')?.toLowerCase() === '100-continue',
    upgrade: upgrades && method !== 'CONNECT' ? upgradeProtocol(headers, policy) : undefined,
  };
}

/** Why a request can not be served, if it can not. */
export function requestFault(
  { method, upgrade }: ExchangeRequest,
  { kind, contentLength }: RequestFraming,
  maxBodyBytes: number,
  servesConnect: boolean,
): ProxyError | undefined {
  if (method === 'CONNECT') {
    if (!servesConnect) return connectDisabled();
    return kind === 'none' ? undefined : connectWithBody();
  }
  if (upgrade !== undefined && kind !== 'none')
    return httpError('SLUICE_FRAMING_INVALID', 'a body together with Upgrade');
  return contentLength !== undefined && contentLength > maxBodyBytes ? bodyTooLarge(maxBodyBytes) : undefined;
}

/** Makes the request of a head whose framing can not be believed: it has no body that anybody could read. */
export function readFaultyRequest(head: RequestHead): ExchangeRequest {
  const framing = { kind: 'none', contentLength: undefined, persistent: false, upgrades: false } as const;
  return readWireRequest(head, framing, emptyBody, false);
}
