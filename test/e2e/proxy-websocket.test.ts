// WebSockets with a real client and a real server.

import { once } from 'node:events';
import { expect, onTestFinished, test, describe } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { fronts } from '../support/fronts.ts';
import { startHttpOrigin } from '../support/http-origin.ts';

async function startEcho(): Promise<string> {
  const origin = await startHttpOrigin((_req, res) => res.writeHead(426).end());
  const sockets = new WebSocketServer({ server: origin.server });
  onTestFinished(() => {
    for (const socket of sockets.clients) socket.terminate();
  });
  sockets.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  return origin.url;
}

describe.each(fronts)('$name', ({ start }) => {
  test('messages of all sizes come back, and closing carries its code', async () => {
    const { url } = await start({ to: await startEcho() });
    const client = new WebSocket(url.replace('http:', 'ws:'));
    await once(client, 'open');
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 3_000_000]) {
      const sent = Buffer.alloc(size, size % 251);
      client.send(sent);
      const [received] = (await once(client, 'message')) as [Buffer];
      expect(received.equals(sent)).toBe(true);
    }
    client.close(4001, 'done');
    const [code] = (await once(client, 'close')) as [number];
    expect(code).toBe(4001);
  });

  test('many at once do not mix', async () => {
    const { url } = await start({ to: [await startEcho(), await startEcho()] });
    const talk = async (name: string): Promise<string[]> => {
      const client = new WebSocket(url.replace('http:', 'ws:'));
      await once(client, 'open');
      const received: string[] = [];
      for (let turn = 0; turn < 5; turn++) {
        client.send(`${name} ${turn}`);
        const [message] = (await once(client, 'message')) as [Buffer];
        received.push(message.toString());
      }
      client.terminate();
      return received;
    };
    const names = Array.from({ length: 20 }, (_, index) => `client ${index}`);
    const talks = await Promise.all(names.map(talk));
    expect(talks).toEqual(names.map((name) => [0, 1, 2, 3, 4].map((turn) => `${name} ${turn}`)));
  });
});
