// Builds what the upstream gets to see of a request's head, once per exchange. What clients may not say is gone already: clean-head.ts.
// The framing is not here either: a transport writes that itself.
import type { Endpoint } from '@sluice/core';
import { httpError } from '../errors.ts';
import type { Exchange, ProxyExchange } from '../exchange.ts';
import type { HeaderList } from '../headers/header-list.ts';
import { countForward } from './max-forwards.ts';
import { appendVia, hasVisited } from '../headers/via.ts';

/** Which host the upstream is told. `preserve`: the client's. `endpoint`: the endpoint's own. Anything else: that text. */
export type HostPolicy = 'preserve' | 'endpoint' | (string & {});

/** What becomes of a request's head. */
export interface OutgoingHeadPolicy {
  /** Our name in `Via`; `undefined` leaves `Via` and loop detection out. */
  readonly viaPseudonym: string | undefined;
  readonly host: HostPolicy;
}

/**
 * Makes the fields of the outgoing request from those of the exchange, whose list is left as it is.
 *
 * @throws ProxyError `SLUICE_LOOP_DETECTED` when the request has come through this proxy before.
 */
export function outgoingHead({ request }: Exchange, { viaPseudonym, host }: OutgoingHeadPolicy): HeaderList {
  if (viaPseudonym !== undefined && hasVisited(request.headers, viaPseudonym)) {
    throw httpError('SLUICE_LOOP_DETECTED', `the request has passed ${viaPseudonym} before`);
  }
  const headers = request.headers.clone();
  countForward(request, headers);
  if (viaPseudonym !== undefined) appendVia(headers, request.version, viaPseudonym);
  if (host !== 'preserve' && host !== 'endpoint') headers.set('Host', host);
  return headers;
}

/**
 * Sets the part of the head that depends on the endpoint of an attempt. An HTTP/1.0 client may have named no host: then the endpoint is told its own.
 *
 * @returns the head for this attempt: the same list, unless middleware wants to edit it
 */
export function attemptHead(
  headers: HeaderList,
  exchange: ProxyExchange,
  endpoint: Endpoint,
  host: HostPolicy,
): HeaderList {
  if (host === 'endpoint' || (host === 'preserve' && !exchange.request.headers.has('host')))
    headers.set('Host', endpoint.address.authority);
  const { attemptEdits } = exchange;
  if (attemptEdits === undefined) return headers;
  const own = headers.clone();
  for (const edit of attemptEdits) edit(own, endpoint);
  return own;
}
