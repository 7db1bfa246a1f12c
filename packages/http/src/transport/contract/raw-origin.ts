// An origin for the transport contract: a TCP server on loopback whose connections show what came and send what they are told, byte by byte.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** One connection that a transport has opened. */
export class OriginConnection {
  readonly socket: Socket;
  /** All that came so far, one character for each byte. */
  received = '';
  /** How many bytes came, also while they are not kept. */
  receivedBytes = 0;
  /** Whether bytes are kept in `received`. */
  keeps = true;
  isClosed = false;
  readonly #waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.receivedBytes += chunk.length;
      if (this.keeps) this.received += chunk.toString('latin1');
      this.#check();
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      this.isClosed = true;
      this.#check();
    });
  }

  /** Resolves when `condition` holds, which is looked at whenever something happens on the connection. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => void this.#waiting.add(resolve));
  }

  /** Resolves when that text has come. */
  untilReceived(text: string): Promise<void> {
    return this.until(() => this.received.includes(text));
  }

  /** Resolves when the connection is closed. */
  untilClosed(): Promise<void> {
    return this.until(() => this.isClosed);
  }

  /** Resolves with the next request's head, and forgets it and what came before. */
  async nextHead(): Promise<string> {
    await this.untilReceived('\r\n\r\n');
    const end = this.received.indexOf('\r\n\r\n') + 4;
    const head = this.received.slice(0, end);
    this.received = this.received.slice(end);
    return head;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Sends the last bytes, then closes in order. */
  finish(text = ''): void {
    this.socket.end(text, 'latin1');
  }

  /** Closes with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  #check(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** The server. */
export class RawOrigin {
  readonly connections: OriginConnection[] = [];
  port = 0;
  readonly #server: Server;
  readonly #takers: ((connection: OriginConnection) => void)[] = [];
  #taken = 0;

  constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const connection = new OriginConnection(socket);
      this.connections.push(connection);
      const taker = this.#takers.shift();
      if (taker === undefined) return;
      this.#taken++;
      taker(connection);
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** How many connections are open. */
  get openCount(): number {
    return this.connections.filter((connection) => !connection.isClosed).length;
  }

  /** The next connection, now or when it comes. */
  accept(): Promise<OriginConnection> {
    const connection = this.connections[this.#taken];
    if (connection === undefined) return new Promise((resolve) => void this.#takers.push(resolve));
    this.#taken++;
    return Promise.resolve(connection);
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }
}
