// The sockets of a TLS server whose handshake is not over: the server itself does not know them yet, and would wait for them when it closes.
import type { Server, Socket } from 'node:net';

/** Watches the handshakes of a server. */
export class TlsHandshakes {
  readonly #open = new Map<string, Socket>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      const key = peerOf(socket);
      this.#open.set(key, socket);
      socket.once('close', () => this.#open.delete(key));
    });
    // From here on only the TLS socket is touched: destroying both crashes the process (docs/notes/sockets.md).
    server.on('secureConnection', (socket: Socket) => this.#open.delete(peerOf(socket)));
  }

  /** Closes the connections. */
  destroyAll(): void {
    for (const socket of this.#open.values()) socket.destroy();
  }
}

/** The TLS socket and the one under it have the same other side; nothing else links them. */
function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
