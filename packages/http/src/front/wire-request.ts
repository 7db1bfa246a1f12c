// Makes an exchange's request of a head that our own engine has read, and says what is wrong with it.
import type { ProxyError } from '@sluice/core';
import { emptyBody, type Body } from '../body/body.ts';
import { httpError } from '../errors.ts';
import type { ExchangeInit, ExchangeRequest } from '../exchange.ts';
import { upgradeProtocol, type UpgradePolicy } from '../request/upgrade-protocol.ts';
import { bodyTooLarge } from '../wire/request-faults.ts';
import type { RequestFraming, RequestHead } from '../wire/request-head-reader.ts';

/** Makes the request, with the fault that makes it unusable, if there is one. */
export function readWireRequest(
  { method, target, headers, minor }: RequestHead,
  { kind, contentLength, upgrades }: RequestFraming,
  body: Body,
  policy: { readonly upgrades: UpgradePolicy; readonly maxBodyBytes: number },
): Pick<ExchangeInit, 'request' | 'fault'> {
  const upgrade = upgrades ? upgradeProtocol(headers, policy.upgrades) : undefined;
  const request: ExchangeRequest = {
    method,
    target,
    version: minor === 0 ? '1.0' : '1.1',
    headers,
    body,
    // RFC 9110 section 10.1.1.
    expectContinue: minor === 1 && kind !== 'none' && headers.get('expect')?.toLowerCase() === '100-continue',
    upgrade,
  };
  if (method === 'CONNECT') {
    // A reverse proxy is not a way out: CONNECT would make it one.
    return { request, fault: httpError('SLUICE_CONNECT_DISABLED', 'CONNECT is not served') };
  }
  if (upgrade !== undefined && kind !== 'none') {
    return { request, fault: httpError('SLUICE_FRAMING_INVALID', 'a body together with Upgrade') };
  }
  if (contentLength !== undefined && contentLength > policy.maxBodyBytes) {
    return { request, fault: bodyTooLarge(policy.maxBodyBytes) };
  }
  return { request };
}

/** The same for a request whose framing can not be believed: it has no body that anybody could read. */
export function readFaultyRequest(head: RequestHead, fault: ProxyError): Pick<ExchangeInit, 'request' | 'fault'> {
  const framing = { kind: 'none', contentLength: undefined, persistent: false, upgrades: false } as const;
  const { request } = readWireRequest(head, framing, emptyBody, { upgrades: false, maxBodyBytes: Infinity });
  return { request, fault };
}
