// Makes a request's head safe to reason about: hop-by-hop fields out, the truth about the client in. Runs before any middleware, so that a
// client can neither feed middleware a lie nor, by naming it in Connection, strip what middleware adds.
import { withoutTrailers } from '../body/without-trailers.ts';
import type { ProxyExchange } from '../exchange.ts';
import { applyForwarded, type ForwardedMode } from '../headers/forwarded-fields.ts';
import { removeHopByHop } from '../headers/hop-by-hop.ts';
import { createMisspeltNameSet, createNameSet, type NameSet } from '../headers/name-set.ts';

/** Fields that a careless server, which reads `_` as `-`, takes for what decides where a request ends and whom it is for. */
const misspeltNames: NameSet = createMisspeltNameSet(['transfer-encoding', 'content-length', 'connection', 'host']);

/** What the connection, not the message, has to say. `Transfer-Encoding` is hop-by-hop. */
const framingNames: NameSet = createNameSet(['content-length', 'expect']);

/**
 * Cleans the head of an exchange's request in place, and takes out of its trailers what the head declares to be hop-by-hop. Who the client is has been found out by then, from the fields that are removed here.
 *
 * The framing goes as well: the body knows its size, and each side writes its framing by itself.
 */
export function cleanHead({ request, connection, client }: ProxyExchange, mode: ForwardedMode): void {
  const { headers } = request;
  const host = headers.get('host');
  // With CONNECT this is the proxy that they are for, or its middleware is.
  const credentials = request.method === 'CONNECT' ? headers.get('proxy-authorization') : undefined;
  request.body = withoutTrailers(request.body, removeHopByHop(headers));
  headers.deleteAll(misspeltNames);
  headers.deleteAll(framingNames);
  if (credentials !== undefined) headers.set('Proxy-Authorization', credentials);
  applyForwarded(headers, connection, client, host, mode);
}
