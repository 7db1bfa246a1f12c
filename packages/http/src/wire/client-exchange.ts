// One request on its way to an answer, as the transport hands it to a connection.
import type { ProxyResponse } from '../response/response.ts';
import type { OutgoingRequest } from '../transport/transport.ts';

/** A request and the two ways its attempt can end. One of them is called, once. */
export interface ClientExchange {
  readonly request: OutgoingRequest;
  /** The body of the response flows at once if it is piped in this call. */
  resolve(response: ProxyResponse): void;
  reject(error: unknown): void;
}

/** Whether the answer to a request may turn its connection into a tunnel. */
export function mayLeaveHttp({ method, upgrade }: OutgoingRequest): boolean {
  return upgrade !== undefined || method === 'CONNECT';
}

/** Whether a request may go to another connection: its repetition does no harm, and its body is still whole. */
export function mayMove({ request }: ClientExchange): boolean {
  return request.mayResend && (request.body.size === 0 || !request.body.started) && !request.scope.aborted;
}
