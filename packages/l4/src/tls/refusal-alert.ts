// The last word to a TLS client that is refused while its TLS is not ours: an alert in clear text, as a server may send before it has answered the hello.
import type { ProxyError } from '@sluice/core';
import type { Socket } from 'node:net';
import { cutStream } from '../cut-stream.ts';

/** RFC 8446 section 6: access_denied, internal_error, unrecognized_name. */
const alerts = { accessDenied: 49, internalError: 80, unrecognizedName: 112 } as const;

/** What a refusal is called in TLS. `undefined` for one that may come while something else is reading the connection, or has spoken for itself. */
export function alertFor({ code, stage }: ProxyError): number | undefined {
  if (code === 'SLUICE_NO_ROUTE') return alerts.unrecognizedName;
  if (code === 'SLUICE_CLIENT_DENIED' || code === 'SLUICE_CONNECTIONS_PER_ADDRESS') return alerts.accessDenied;
  return stage === 'connect' || stage === 'acquire' ? alerts.internalError : undefined;
}

/** Sends a fatal alert and closes. A client that takes no bytes is reset. */
export function closeWithAlert(socket: Socket, alert: number): void {
  // A record of type alert (21), version TLS 1.2 as all records have it, two bytes: fatal (2), and what.
  if (socket.writable) socket.write(Uint8Array.of(21, 3, 3, 0, 2, 2, alert));
  if (socket.writableLength > 0) cutStream(socket);
  else socket.destroy();
}
