// What becomes of an upstream's response on its way to the client: hop-by-hop fields out, rewrites, and the lease tied to its body.
import { outcomeOk, type Lease, type Outcome } from '@sluice/core';
import { withoutTrailers } from '../body/without-trailers.ts';
import type { ProxyExchange } from '../exchange.ts';
import type { HeaderList } from '../headers/header-list.ts';
import { removeHopByHop } from '../headers/hop-by-hop.ts';
import { joinedLines } from '../headers/token-list.ts';
import { LeasedBody } from './leased-body.ts';
import type { ProxyResponse } from './response.ts';

/** Edits of the response's fields, compiled when the proxy is made. */
export type ResponseEdit = (headers: HeaderList, exchange: ProxyExchange, lease: Lease) => void;

/** What becomes of a response's head. */
export interface RelayPolicy {
  readonly edits: readonly ResponseEdit[];
}

/** Filters the head of a response in place and ties its body, or its tunnel, to the lease. */
export function relayResponse(
  exchange: ProxyExchange,
  lease: Lease,
  response: ProxyResponse,
  outcome: Outcome,
  policy: RelayPolicy,
): ProxyResponse {
  const { headers, status, tunnel } = response;
  // It names the protocol that is spoken from now on, or that a client has to speak (RFC 9110 section 15.5.22).
  const upgrade = status === 101 || status === 426 ? joinedLines(headers, 'upgrade') : '';
  const nominated = removeHopByHop(headers);
  if (upgrade !== '') headers.set('Upgrade', upgrade);
  if (tunnel === undefined) {
    const body = new LeasedBody(withoutTrailers(response.body, nominated), lease, outcome);
    response.body = body;
    exchange.borrow(body);
  } else {
    // Its health need not wait for the end of the tunnel.
    lease.succeed(outcome.latencyMs);
    tunnel.socket.once('close', () => lease.release(outcomeOk));
    exchange.borrow({ cancel: () => void tunnel.socket.destroy() });
  }
  for (const edit of policy.edits) edit(headers, exchange, lease);
  return response;
}

/** Passes an interim response on to the client, without what was meant for our connection, and without framing: it has no body (RFC 9110 section 15.2). */
export function relayInterim(exchange: ProxyExchange, status: number, statusText: string, headers: HeaderList): void {
  removeHopByHop(headers);
  headers.delete('content-length');
  exchange.inform(status, statusText, headers);
}
