// Datagram sockets that are open when they are made, and never without an 'error' listener. What goes through them is others' business.
import { createSocket, type Socket } from 'node:dgram';

/** An IP address with its family. */
export interface IpAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** What a session needs of the socket that is connected to its endpoint. */
export interface EndpointSocket {
  /** Sends one datagram, in one piece or several. A failure is told to `onSent` alone; without it, to nobody. */
  send(datagram: Buffer | readonly Buffer[], onSent?: (error: Error | null) => void): void;
  getSendQueueSize(): number;
  close(): void;
}

/** Who hears from an `EndpointSocket`. Nothing comes before `connectEndpoint` has returned. */
export interface EndpointSocketOwner {
  onDatagram(datagram: Buffer): void;
  /** A connect that failed, or an ICMP error: the port is closed. */
  onError(error: Error): void;
}

/** Opens a socket on a port of its own and connects it: it hears from that address only. @throws Error when the system has no socket */
export type ConnectEndpoint = (ip: IpAddress, port: number, owner: EndpointSocketOwner) => EndpointSocket;

/** With the system's sockets. */
export const connectEndpoint: ConnectEndpoint = ({ address, family }, port, owner) => {
  const socket = createDatagramSocket(family);
  let isBound = false;
  let failure: Error | undefined;
  socket.on('error', (error) => {
    if (isBound) owner.onError(error);
    else failure ??= error;
  });
  // Not left to connect(): a socket whose bind fails there can not be closed (docs/notes/datagrams.md).
  socket.bind({ port: 0, exclusive: true });
  if (failure !== undefined) {
    socket.close();
    throw failure;
  }
  isBound = true;
  socket.on('message', (datagram) => owner.onDatagram(datagram));
  socket.connect(port, address);
  return socket;
};

/** Where a listening socket is bound. */
export interface DatagramBinding extends IpAddress {
  readonly port: number;
  readonly ipv6Only: boolean;
  readonly reusePort: boolean;
  readonly receiveBufferBytes: number;
}

/** Opens a socket that hears from everybody. Rejects with node's error when the address can not be had. */
export function bindDatagramSocket(binding: DatagramBinding): Promise<Socket> {
  const { address, family, port, ipv6Only, reusePort, receiveBufferBytes } = binding;
  const socket = createDatagramSocket(family, { ipv6Only, reusePort, recvBufferSize: receiveBufferBytes });
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.once('listening', () => {
      socket.removeAllListeners('error').on('error', () => {});
      resolve(socket);
    });
    socket.bind({ port, address });
  });
}

/**
 * Addresses here are literals, and node's own look-up would put each `send` off to the next tick, in Node 22 by way of a thread. This one answers
 * at once, and so `bind`, `connect` and `send` are done when they return.
 */
function createDatagramSocket(
  family: 4 | 6,
  options: { ipv6Only?: boolean; reusePort?: boolean; recvBufferSize?: number } = {},
): Socket {
  const type = family === 4 ? 'udp4' : 'udp6';
  return createSocket({ type, ...options, lookup: (address, _options, callback) => callback(null, address, family) });
}
