// Attack: provoking errors to learn what is behind the proxy.
// Impact: addresses, ports, software and source paths of the inside, as a map for the next attack.
// Guard: an error answer is made of its status, its code and the request's id alone. Causes and messages go to logs by events.

import type { ProxyOptions } from '@sluice/http';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { fronts, type Front } from '../support/fronts.ts';
import { openFullBacklog } from '../support/full-backlog.ts';
import { exchangeRaw } from '../support/raw-client.ts';
import { startRawServer } from '../support/raw-server.ts';

const secret = 'secret-of-the-inside';

interface Mishap {
  readonly code: string;
  readonly options: () => Promise<ProxyOptions>;
}

/** An origin that does this with every connection that has sent something. */
async function originThat(act: (socket: Socket) => void): Promise<string> {
  const server = await startRawServer();
  const serve = async (): Promise<void> => {
    for (;;) {
      const socket = await server.accept();
      socket.once('data', () => act(socket));
    }
  };
  void serve();
  return `http://127.0.0.1:${server.port}`;
}

async function unusedAddress(): Promise<string> {
  const server = await startRawServer();
  await server.close();
  return `http://127.0.0.1:${server.port}`;
}

const mishaps: readonly Mishap[] = [
  { code: 'SLUICE_CONNECT_REFUSED', options: async () => ({ to: await unusedAddress() }) },
  { code: 'SLUICE_CONNECT_REFUSED', options: async () => ({ to: `unix:/nowhere/${secret}.sock` }) },
  { code: 'SLUICE_CONNECT_FAILED', options: async () => ({ to: 'http://255.255.255.255:80' }) },
  {
    code: 'SLUICE_CONNECT_TIMEOUT',
    options: async () => ({ to: `http://127.0.0.1:${await openFullBacklog()}`, timeouts: { connectMs: 50 } }),
  },
  {
    code: 'SLUICE_TLS_FAILED',
    options: async () => {
      const origin = await originThat((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      return { to: origin.replace('http:', 'https:') };
    },
  },
  { code: 'SLUICE_SEND_FAILED', options: async () => ({ to: await originThat((socket) => socket.resetAndDestroy()) }) },
  {
    code: 'SLUICE_RESPONSE_INVALID',
    options: async () => ({ to: await originThat((socket) => socket.end(`${secret} is not HTTP\r\n`)) }),
  },
  {
    code: 'SLUICE_RESPONSE_TIMEOUT',
    options: async () => ({ to: await originThat(() => {}), timeouts: { responseHeadMs: 50 } }),
  },
  {
    code: 'SLUICE_TOTAL_TIMEOUT',
    options: async () => ({ to: await originThat(() => {}), timeouts: { totalMs: 50 } }),
  },
  { code: 'SLUICE_NO_ENDPOINT', options: async () => ({ upstream: { name: secret, endpoints: [] } }) },
  {
    code: 'SLUICE_INTERNAL',
    options: async () => ({
      to: await unusedAddress(),
      middleware: [
        () => {
          throw new TypeError(`${secret} at /srv/app/index.js`);
        },
      ],
    }),
  },
];

async function provoke(front: Front, mishap: Mishap, accept: string): Promise<string> {
  const { port, proxy } = await front.start(await mishap.options());
  const codes: (string | undefined)[] = [];
  proxy.on('exchange-finished', ({ error }) => codes.push(error?.code));
  const answer = await exchangeRaw(
    port,
    `GET /x HTTP/1.1\r\nHost: a\r\nAccept: ${accept}\r\nConnection: close\r\n\r\n`,
  );
  expect(codes).toEqual([mishap.code]);
  return answer;
}

describe.each(fronts)('$name', (front) => {
  test.each(mishaps)('$code is answered with its code, and with nothing of the inside', async (mishap) => {
    const text = await provoke(front, mishap, '*/*');
    const json = await provoke(front, mishap, 'application/json');
    expect(text).toMatch(new RegExp(`\r\n\r\n\\d{3} [A-Za-z ]+: ${mishap.code} \\(request [\\w-]+\\)\n$`));
    const { error } = JSON.parse(json.slice(json.indexOf('\r\n\r\n'))) as { error: Record<string, unknown> };
    expect(error).toEqual({
      status: Number(json.slice(9, 12)),
      code: mishap.code,
      message: expect.stringMatching(/^[A-Za-z ]+$/) as string,
      requestId: expect.stringMatching(/^[\w-]+$/) as string,
    });
    expect(text + json).not.toMatch(
      /127\.0\.0\.1|255\.|secret|node:|node_modules|\.[jt]s\b|ECONN|ENOTFOUND|EAI_|\n\s+at /,
    );
  });
});
