// The seam between affinity and the ways to know a client again.
import type { Exchange } from '../exchange.ts';
import type { ProxyResponse } from '../response/response.ts';

/** A way to know clients. */
export interface ClientMemory {
  /** The id of the endpoint that a client belongs to. */
  find(exchange: Exchange, nowMs: number): string | undefined;
  /** Remembers who has answered. */
  remember(
    exchange: Exchange,
    response: ProxyResponse,
    endpointId: string,
    found: string | undefined,
    nowMs: number,
  ): void;
}
