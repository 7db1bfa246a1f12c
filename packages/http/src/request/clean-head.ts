// Makes a request's head safe to reason about: hop-by-hop fields out, the truth about the client in. Runs before any middleware, so that a
// client can neither feed middleware a lie nor, by naming it in Connection, strip what middleware adds.
import type { ProxyExchange } from '../exchange.ts';
import { applyForwarded, type ForwardedMode } from '../headers/forwarded-fields.ts';
import { removeHopByHop } from '../headers/hop-by-hop.ts';
import { createMisspeltNameSet, deleteNames, type NameSet } from '../headers/name-set.ts';

/** Fields that a careless server, which reads `_` as `-`, takes for what decides where a request ends and whom it is for. */
const misspeltNames: NameSet = createMisspeltNameSet(['transfer-encoding', 'content-length', 'connection', 'host']);

/**
 * Cleans the head of an exchange's request in place. Who the client is has been found out by then, from the fields that are removed here.
 *
 * The framing goes as well: the body knows its size, and each side writes its framing by itself.
 */
export function cleanHead({ request, connection, client }: ProxyExchange, mode: ForwardedMode): void {
  const { headers } = request;
  const host = headers.get('host');
  removeHopByHop(headers);
  deleteNames(headers, misspeltNames);
  headers.delete('content-length');
  headers.delete('expect');
  applyForwarded(headers, connection, client, host, mode);
}
