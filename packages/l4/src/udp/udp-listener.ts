// Where a UDP proxy listens, and how its socket comes up there and sends replies.
import { resolveOptions } from '@sluice/core';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Socket } from 'node:dgram';
import { bindDatagramSocket, type IpAddress } from './datagram-socket.ts';
import { SendGate } from './send-gate.ts';
import type { ListeningPort } from './udp-session-home.ts';

/** Where to listen. */
export interface UdpListenOptions {
  /** 0: any free one. @defaultValue 0 */
  readonly port?: number;
  /**
   * One of this machine's addresses. With `0.0.0.0` and `::`, the system chooses which of its addresses replies come from, and on a machine with
   * several it may choose another than the client has sent to: listen on each one instead.
   * @defaultValue `'127.0.0.1'`: reachable from this machine only, until you say otherwise
   */
  readonly host?: string;
  /** Whether `::` leaves IPv4 to others; otherwise it listens to both. @defaultValue false */
  readonly ipv6Only?: boolean;
  /** Lets several processes or worker threads listen on one port; the system keeps each client with one of them. @defaultValue false */
  readonly reusePort?: boolean;
  /**
   * What the system keeps for us while we are busy; what does not fit is lost without a trace. The system may allow less (Linux:
   * `net.core.rmem_max`). @defaultValue 1048576
   */
  readonly receiveBufferBytes?: number;
}

/** `UdpListenOptions`, complete and checked. */
export type ResolvedUdpListen = { readonly [Key in keyof UdpListenOptions]-?: UdpListenOptions[Key] & {} };

/** Completes and checks the options. @throws OptionsError */
export function resolveUdpListen(options: number | UdpListenOptions = {}): ResolvedUdpListen {
  return resolveOptions(typeof options === 'number' ? { port: options } : options, 'listen', (reader) => ({
    port: reader.integer('port', { default: 0, min: 0, max: 65_535 }),
    host: reader.string('host', { default: '127.0.0.1' }),
    ipv6Only: reader.boolean('ipv6Only', { default: false }),
    reusePort: reader.boolean('reusePort', { default: false }),
    receiveBufferBytes: reader.integer('receiveBufferBytes', { default: 1_048_576, min: 1024, max: 2 ** 31 - 1 }),
  }));
}

/** A socket that listens. */
export class UdpListener implements ListeningPort {
  readonly socket: Socket;
  readonly localAddress: string;
  readonly localPort: number;
  readonly index: number;
  readonly #gate: SendGate;

  constructor(socket: Socket, index: number, maxQueuedBytes: number) {
    const { address, port } = socket.address();
    this.socket = socket;
    this.localAddress = address;
    this.localPort = port;
    this.index = index;
    this.#gate = new SendGate(socket, maxQueuedBytes);
  }

  /** Opens one. Rejects with node's error when the address can not be had. */
  static async open(options: ResolvedUdpListen, index: number, maxQueuedBytes: number): Promise<UdpListener> {
    const ip = await resolveHost(options.host);
    return new UdpListener(await bindDatagramSocket({ ...options, ...ip }), index, maxQueuedBytes);
  }

  /** Where it can be reached: `udp://127.0.0.1:53`. */
  get url(): string {
    const host = this.localAddress.includes(':') ? `[${this.localAddress}]` : this.localAddress;
    return `udp://${host}:${this.localPort}`;
  }

  reply(datagram: Buffer, port: number, address: string): boolean {
    if (!this.#gate.isOpen()) return false;
    this.socket.send(datagram, port, address);
    return true;
  }

  /** Resolves when the port is free again. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.socket.close(() => resolve());
    });
  }
}

async function resolveHost(host: string): Promise<IpAddress> {
  const family = isIP(host);
  if (family === 4 || family === 6) return { address: host, family };
  const found = await lookup(host);
  return { address: found.address, family: found.family === 6 ? 6 : 4 };
}
