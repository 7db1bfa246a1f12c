// WebSockets through the proxy, by its own listener and by a server of yours.

import { createProxy } from '@sluice/http';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

// An origin that sends back what it hears.
const origin = new WebSocketServer({ port: 0, host: '127.0.0.1' });
await once(origin, 'listening');
origin.on('connection', (socket) => {
  socket.on('message', (text: Buffer) => socket.send(`you said: ${text.toString()}`));
});
const { port: originPort } = origin.address() as AddressInfo;
const proxy = createProxy({ to: `http://127.0.0.1:${originPort}` });

// By the proxy's own listener nothing more is needed.
const own = await proxy.listen(Number(process.env['PORT'] ?? 8080));

// A server of yours hands over the sockets that the proxy may have.
const server = createServer(proxy);
server.on('upgrade', proxy.upgrade);
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = server.address() as AddressInfo;

console.log(`listening on ${own.url}`);
console.log(`own listener: ${await say('hello', own.port)}`);
console.log(`your server: ${await say('hello again', port)}`);

/** Opens a WebSocket, says something, and returns the answer. */
async function say(text: string, toPort: number): Promise<string> {
  const client = new WebSocket(`ws://127.0.0.1:${toPort}/chat`);
  await once(client, 'open');
  client.send(text);
  const [answer] = (await once(client, 'message')) as [Buffer];
  client.close();
  return answer.toString();
}

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
server.close();
await proxy.drain(5_000); // waits for open WebSockets, too
origin.close();
