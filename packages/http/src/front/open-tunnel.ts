// Leaves HTTP: answers 101, or CONNECT, on a client's socket and splices it with the endpoint's.
import { splice, type SpliceOptions } from '@sluice/l4';
import type { Duplex } from 'node:stream';
import type { ProxyResponse } from '../response/response.ts';
import { formatTunnelHead } from '../wire/response-head.ts';

/**
 * Sends the head of a response with a tunnel to the client and joins both connections until they are over.
 *
 * @param head - The client's bytes that came behind its request.
 * @returns when both connections are closed. Never rejects.
 */
export async function openTunnel(
  client: Duplex,
  head: Buffer,
  response: ProxyResponse,
  options: SpliceOptions,
): Promise<void> {
  const { tunnel } = response;
  if (tunnel === undefined) return;
  if (client.destroyed) {
    tunnel.socket.destroy();
    return;
  }
  try {
    client.write(formatTunnelHead(response), 'latin1');
  } catch {
    // A field of middleware's that must not be sent. The endpoint has switched, so there is no other answer.
    client.destroy();
    tunnel.socket.destroy();
    return;
  }
  if (head.byteLength > 0) client.unshift(head);
  if (tunnel.head.byteLength > 0) tunnel.socket.unshift(tunnel.head);
  await splice(client, tunnel.socket, options);
}
