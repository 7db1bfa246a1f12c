// The least that one would write by hand: no limits, no end of sessions, no look at errors.
import { createSocket, type Socket } from 'node:dgram';
import { fresh, nextOrigin, port } from './job.ts';

const clients = new Map<string, Socket>();
const listener = createSocket('udp4', (datagram, { address, port: from }) => {
  const key = `${address}:${from}`;
  const known = clients.get(key);
  if (known !== undefined) {
    known.send(datagram);
    return;
  }
  const socket = createSocket('udp4', (reply) => {
    listener.send(reply, from, address);
    if (fresh) socket.close();
  });
  socket.on('error', () => {});
  if (!fresh) clients.set(key, socket);
  const { hostname, port: target } = new URL(nextOrigin());
  socket.connect(Number(target), hostname, () => socket.send(datagram));
});
listener.bind(port, '127.0.0.1');
