// What stands behind the proxies for datagrams.
import { createSocket } from 'node:dgram';

for (const port of (process.env['PORTS'] ?? '').split(',').map(Number)) {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: 4_194_304,
    lookup: (address, _options, callback) => callback(null, address, 4),
  });
  socket.on('message', (datagram, source) => socket.send(datagram, source.port, source.address));
  socket.bind(port, '127.0.0.1');
}
