// Builds what the upstream gets to see of a request's head, once per exchange: hop-by-hop fields out, forwarding facts in.
// The framing is not here: a transport writes that itself.
import { httpError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { applyForwarded, type ForwardedMode } from '../headers/forwarded-fields.ts';
import type { HeaderList } from '../headers/header-list.ts';
import { removeHopByHop } from '../headers/hop-by-hop.ts';
import { appendVia, hasVisited } from '../headers/via.ts';

/** Which host the upstream is told. `preserve`: the client's. `endpoint`: the endpoint's own. Anything else: that text. */
export type HostPolicy = 'preserve' | 'endpoint' | (string & {});

/** What becomes of a request's head. */
export interface OutgoingHeadPolicy {
  readonly forwarded: ForwardedMode;
  /** Our name in `Via`; `undefined` leaves `Via` and loop detection out. */
  readonly viaPseudonym: string | undefined;
  readonly host: HostPolicy;
}

/**
 * Makes the fields of the outgoing request from those of the exchange, whose list is left as it is.
 *
 * @throws ProxyError `SLUICE_LOOP_DETECTED` when the request has come through this proxy before.
 */
export function outgoingHead(exchange: Exchange, policy: OutgoingHeadPolicy): HeaderList {
  const { request, connection, client } = exchange;
  const pseudonym = policy.viaPseudonym;
  if (pseudonym !== undefined && hasVisited(request.headers, pseudonym)) {
    throw httpError('SLUICE_LOOP_DETECTED', `the request has passed ${pseudonym} before`);
  }
  const headers = request.headers.clone();
  const originalHost = headers.get('host');
  removeHopByHop(headers);
  headers.delete('content-length');
  headers.delete('expect');
  applyForwarded(headers, connection, client, originalHost, policy.forwarded);
  if (pseudonym !== undefined) appendVia(headers, request.version, pseudonym);
  if (policy.host !== 'preserve' && policy.host !== 'endpoint') headers.set('Host', policy.host);
  return headers;
}

/** Sets the part of the head that depends on the endpoint of an attempt. */
export function addressHead(headers: HeaderList, authority: string, host: HostPolicy): void {
  if (host === 'endpoint' || !headers.has('host')) headers.set('Host', authority);
}
