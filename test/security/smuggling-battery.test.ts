// Attack: request smuggling, in every disguise that has been published or that we could think of: a proxy and the server behind it disagree on where
// a message ends, and a part of it becomes a request of the attacker's own.
// Impact: access control bypassed, other users' requests and responses hijacked, caches poisoned.
// Guard: what can be read in two ways is refused with its connection; everything else is framed anew. request-smuggling.test.ts has the classics on
// all fronts; here are raw messages by the dozen through `proxy.listen()`, before an origin that reads as carelessly as possible.

import { createProxy, createResponse, type Middleware } from '@sluice/http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { disguisedCodings, disguisedLengths, disguisedLines, end, inner, length, te } from '../fuzz/ambiguous-lines.ts';
import { brokenChunks, brokenHeads } from '../fuzz/ambiguous-messages.ts';
import { harmless, harmlessHeads } from '../fuzz/plain-messages.ts';
import { logBytes } from '../support/byte-log.ts';
import { startLenientOrigin, type Credulity } from '../support/lenient-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startRawServer } from '../support/raw-server.ts';

/** Ends a connection, and tells by its answer whether anything was left over in front of it. */
const last = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

const tag: Middleware = async (exchange, next) => {
  const response = await next();
  response.headers.set('X-Target', exchange.request.target);
  return response;
};
const answerUnread: Middleware = (exchange, next) =>
  exchange.request.target === '/last' ? next() : createResponse({ status: 403 });

/** Sends bytes through a proxy; resolves to the status and target of each answer, and what the origin believes to have seen. */
async function attack(credulity: Credulity, message: string, ...middleware: Middleware[]) {
  const origin = await startLenientOrigin(credulity);
  const proxy = createProxy({ to: origin.url, middleware: [tag, ...middleware] });
  onTestFinished(() => proxy.close());
  const { port } = await proxy.listen();
  const text = await exchangeRaw(port, message);
  const answers = [...text.matchAll(/HTTP\/1\.1 ([2-5]\d\d)(?:(?!\r\n\r\n)[^])*?(?:\r\nX-Target: (\S+)|\r\n\r\n)/g)];
  return {
    statuses: answers.map(([, status]) => status),
    targets: answers.map(([, , target]) => target),
    seen: origin.requests.map((line) => line.split(' ', 2).join(' ')),
  };
}

const post = (fields: string, body: string): string => `POST /outer HTTP/1.1\r\nHost: a\r\n${fields}\r\n\r\n${body}`;

const refused = [
  ...disguisedCodings.map((value) => post(`Transfer-Encoding:${value}\r\n${length}`, end)),
  ...disguisedLengths.map((value) => post(`Content-Length: ${value}`, `hello${inner}`)),
  ...disguisedLines.map((line) => post(`X: y\r\n${line}\r\n${length}`, end)),
  ...brokenChunks.map((body) => post(te, `${body}${end}`)),
  ...brokenHeads.map((head) => `${head}\r\n${inner}`),
];

test('there are enough of them', () => {
  expect(new Set(refused).size).toBeGreaterThan(180);
  expect(harmless.length + harmlessHeads.length).toBeGreaterThan(30);
});

describe.each(['chunked', 'length'] as const)('before an origin that prefers %s', (credulity) => {
  test.each(refused)('is refused, and nothing of it is seen: %j', async (message) => {
    const { statuses, seen } = await attack(credulity, `${message}${last}`);
    expect(statuses).toEqual([expect.stringMatching(/^(400|405|505)$/)]);
    expect(seen).toEqual([]);
  });

  test.each([...harmless.map(([fields, body]) => ['POST /outer', post(fields, body)] as const), ...harmlessHeads])(
    'is one request, %s: %j',
    async (line, message) => {
      const { statuses, targets, seen } = await attack(credulity, `${message}${message}${last}`);
      const target = line.split(' ')[1];
      expect(statuses).toEqual(['200', '200', '200']);
      expect(targets).toEqual([target, target, '/last']);
      expect(seen).toEqual([line, line, 'GET /last']);
    },
  );

  test.each(harmless)('when nobody reads the body, what follows is not shifted: %j %j', async (fields, body) => {
    const { statuses, seen } = await attack(credulity, `${post(fields, body)}${last}${last}`, answerUnread);
    // The connection may also end behind an answer that did not wait for the request.
    expect(statuses.join()).toMatch(/^403(,200)?$/);
    expect(seen).toEqual(statuses.length === 1 ? [] : ['GET /last']);
  });
});

test('trailers that would frame, route or authenticate if they were merged into a head do not reach the origin', async () => {
  const origin = await startRawServer();
  const proxy = createProxy({ to: `http://127.0.0.1:${origin.port}` });
  onTestFinished(() => proxy.close());
  const { port } = await proxy.listen();
  const client = await connectRaw(port);
  const evil = [
    'Content-Length: 9',
    te,
    'Host: b',
    'Connection: close',
    'Authorization: x',
    'X-Forwarded-For: b',
    'Cookie: b',
  ];
  client.send(post(te, `5\r\nhello\r\n0\r\n${evil.join('\r\n')}\r\nX: y\r\n\r\n`));
  const seen = await logBytes(await origin.accept()).until(/\r\n0\r\n[^]*\r\n\r\n$/);
  expect(seen.split('\r\n0\r\n')[1]).toBe('X: y\r\n\r\n');
});
