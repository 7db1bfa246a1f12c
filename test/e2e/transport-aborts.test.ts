// Requests that are given up in any of their phases, against an origin that does whatever it likes, leave nothing behind: no socket, no timer.

import { createAbortScope, createSeededRandom, isProxyError, parseEndpointAddress, type Endpoint } from '@sluice/core';
import { createHeaderList, createWireTransport, emptyBody, readBody, streamBody, type Body } from '@sluice/http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { expectNoResourcesLeft } from '../support/active-resources.ts';
import { createCountingClock } from '../support/counting-clock.ts';

const requests = 1_500;
const concurrency = 16;

const behaviours: readonly ((socket: Socket) => void)[] = [
  (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
  (socket) => socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'),
  (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n'.concat('x'.repeat(200_000))),
  (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nuntil close'),
  (socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Le'),
  (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
  (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'),
  (socket) => socket.write('garbage\r\n\r\n'),
  (socket) => socket.resetAndDestroy(),
  (socket) => socket.end(),
  () => {},
];

async function startOrigin(random: () => number): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      if (chunk.includes('\r\n\r\n')) behaviours[Math.floor(random() * behaviours.length)]?.(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

test(`${requests} requests with aborts in all phases leave no socket and no timer`, { timeout: 60_000 }, async () => {
  expectNoResourcesLeft();
  const random = createSeededRandom(7);
  const clock = createCountingClock();
  const transport = createWireTransport({ clock });
  const href = `http://127.0.0.1:${await startOrigin(random)}`;
  const endpoint = { id: href, address: parseEndpointAddress(href) } as Endpoint;
  const endings = new Map<string, number>();

  const sendOne = async (): Promise<string> => {
    const scope = createAbortScope();
    const turns = random() < 0.4 ? Infinity : Math.floor(random() * 30);
    let isOver = false;
    const body: Body = random() < 0.3 ? streamBody(Readable.from(['some', 'body'])) : emptyBody;
    const leave = (async () => {
      for (let turn = 0; turn < turns && !isOver; turn++) await new Promise((resolve) => void setImmediate(resolve));
      scope.abort(new Error('gone'));
    })();
    try {
      const response = await transport.send({
        endpoint,
        method: body === emptyBody ? 'GET' : 'POST',
        target: '/',
        headers: createHeaderList(['Host', 'a.example']),
        body,
        expectContinue: random() < 0.1,
        upgrade: undefined,
        mayResend: body === emptyBody,
        scope,
        timeouts: { connectMs: 5_000, responseHeadMs: 50, requestBodyIdleMs: 50, responseBodyIdleMs: 50 },
      });
      if (random() < 0.1) response.body.cancel(undefined);
      else await readBody(response.body, 1_000_000);
      return 'complete';
    } catch (error) {
      return isProxyError(error) ? error.code : (error as Error).message;
    } finally {
      isOver = true;
      await leave;
    }
  };

  const worker = async (): Promise<void> => {
    for (let count = 0; count < requests / concurrency; count++) {
      const ending = await sendOne();
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  await transport.close();

  const expected = ['complete', 'gone', 'SLUICE_RESPONSE_CUT', 'SLUICE_RESPONSE_INVALID', 'SLUICE_SEND_FAILED'];
  expect([...endings.keys()]).toEqual(expect.arrayContaining(expected));
  expect(transport.stats()).toMatchObject({ openConnections: 0, idleConnections: 0 });
  expect(clock.pendingTimers).toBe(0);
});
