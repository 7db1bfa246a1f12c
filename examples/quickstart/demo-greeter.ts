// A server that speaks first, as those of mail and SSH do, and then repeats what it is told.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** Starts one on any free port of the loopback address. It does not keep a process alive. @returns its address */
export async function startDemoGreeter(greeting: string): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(`${greeting}\r\n`);
    socket.pipe(socket);
  });
  await once(server.listen(0, '127.0.0.1').unref(), 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
