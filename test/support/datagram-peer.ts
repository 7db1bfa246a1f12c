// A datagram socket of a test's: a client that asks, or an endpoint that answers.

import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { onTestFinished, vi } from 'vitest';

/** What it does with what it hears; without it, the test looks at `received`. */
export type OnDatagram = (datagram: Buffer, source: RemoteInfo, peer: DatagramPeer) => void;

export interface DatagramPeer {
  readonly socket: Socket;
  readonly port: number;
  /** `127.0.0.1:1234`, for options. */
  readonly address: string;
  /** Everything that it has heard. */
  readonly received: { readonly text: string; readonly from: RemoteInfo }[];
  send(data: string | Buffer, port: number, address?: string): void;
  /** Sends to a port of the loopback address, and waits for as many replies as were heard before, and one more. */
  ask(data: string | Buffer, port: number): Promise<string>;
  /** Resolves when it has heard so many. */
  untilHeard(count: number): Promise<void>;
  close(): Promise<void>;
}

interface Options {
  readonly host?: '127.0.0.1' | '::1';
  readonly port?: number;
  readonly onDatagram?: OnDatagram;
}

/** Opens it; it is closed with the test. */
export async function openPeer({ host = '127.0.0.1', port = 0, onDatagram }: Options = {}): Promise<DatagramPeer> {
  const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
  socket.bind(port, host);
  await once(socket, 'listening');
  let closed: Promise<void> | undefined;
  const peer: DatagramPeer = {
    socket,
    port: socket.address().port,
    address: `${host === '::1' ? '[::1]' : host}:${socket.address().port}`,
    received: [],
    send: (data, to, address = host) => socket.send(data, to, address),
    async ask(data, to) {
      const count = peer.received.length;
      peer.send(data, to);
      await peer.untilHeard(count + 1);
      return peer.received[count]?.text ?? '';
    },
    async untilHeard(count) {
      await vi.waitUntil(() => peer.received.length >= count, { timeout: 10_000, interval: 1 });
    },
    close: () => (closed ??= new Promise((resolve) => void socket.close(() => resolve()))),
  };
  socket.on('error', () => {});
  socket.on('message', (datagram, from) => {
    peer.received.push({ text: datagram.toString(), from });
    onDatagram?.(datagram, from, peer);
  });
  onTestFinished(() => peer.close());
  return peer;
}

/** An endpoint that sends back what it hears, with its name before it. */
export function openEcho(name = 'echo', options: Omit<Options, 'onDatagram'> = {}): Promise<DatagramPeer> {
  return openPeer({
    ...options,
    onDatagram: (datagram, { port, address }, peer) =>
      peer.send(Buffer.concat([Buffer.from(`${name}: `), datagram]), port, address),
  });
}

/** A port of loopback that nobody has, neither for UDP nor for TCP, and nobody gets by chance: the system gives out higher ones only. */
export async function reservePort(): Promise<number> {
  for (;;) {
    // Linux gives out those from 32768.
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const datagrams = createSocket('udp4');
    const streams = createServer();
    try {
      datagrams.bind(port, '127.0.0.1');
      await once(datagrams, 'listening');
      streams.listen(port, '127.0.0.1');
      await once(streams, 'listening');
      return port;
    } catch {
      // Somebody has it.
    } finally {
      await Promise.all([datagrams, streams].map((socket) => new Promise((resolve) => socket.close(resolve))));
    }
  }
}
