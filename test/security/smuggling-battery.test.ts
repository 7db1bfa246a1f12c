// Attack: request smuggling, in every disguise that has been published or that we could think of: a proxy and the server behind it disagree on where
// a message ends, and a part of it becomes a request of the attacker's own.
// Impact: access control bypassed, other users' requests and responses hijacked, caches poisoned.
// Guard: what can be read in two ways is refused with its connection; everything else is framed anew. request-smuggling.test.ts has the classics on
// all fronts; here are raw messages by the dozen, before an origin that reads as carelessly as possible. `proxy.listen()` is held to what it answers;
// where node's parser is in front, which takes and refuses other messages than ours, proxy and origin must agree all the same.

import { createResponse, type Middleware } from '@sluice/http';
import { describe, expect, test } from 'vitest';
import { disguisedCodings, disguisedLengths, disguisedLines, end, inner, length, te } from '../fuzz/ambiguous-lines.ts';
import { brokenChunks, brokenHeads } from '../fuzz/ambiguous-messages.ts';
import { harmless, harmlessHeads } from '../fuzz/plain-messages.ts';
import { logBytes } from '../support/byte-log.ts';
import { fronts, type Front } from '../support/fronts.ts';
import { startLenientOrigin, type Credulity } from '../support/lenient-origin.ts';
import { connectRaw, exchangeRaw } from '../support/raw-client.ts';
import { startRawServer } from '../support/raw-server.ts';

/** Ends a connection, and tells by its answer whether anything was left over in front of it. */
const last = 'GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

const answerUnread: Middleware = (exchange, next) =>
  exchange.request.target === '/last' ? next() : createResponse({ status: 403 });

/** Sends bytes through a proxy; resolves to the status and target of each answer, and what proxy and origin believe to have seen. */
async function attack(front: Front | undefined, credulity: Credulity, message: string, ...middleware: Middleware[]) {
  if (front === undefined) throw new Error('no front');
  const passed: string[] = [];
  const tag: Middleware = async ({ request }, next) => {
    passed.push(`${request.method} ${request.target}`);
    const response = await next();
    response.headers.set('X-Target', request.target);
    return response;
  };
  const origin = await startLenientOrigin(credulity);
  const { port } = await front.start({ to: origin.url, middleware: [tag, ...middleware] });
  const text = await exchangeRaw(port, message);
  const answers = [...text.matchAll(/HTTP\/1\.1 ([2-5]\d\d)(?:(?!\r\n\r\n)[^])*?(?:\r\nX-Target: (\S+)|\r\n\r\n)/g)];
  return {
    statuses: answers.map(([, status]) => status),
    targets: answers.map(([, , target]) => target),
    passed,
    seen: origin.requests.map((line) => line.split(' ', 2).join(' ')),
  };
}

const [wire, ...nodeFronts] = fronts;

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
    const { statuses, seen } = await attack(wire, credulity, `${message}${last}`);
    expect(statuses).toEqual([expect.stringMatching(/^(400|405|505)$/)]);
    expect(seen).toEqual([]);
  });

  test.each([...harmless.map(([fields, body]) => ['POST /outer', post(fields, body)] as const), ...harmlessHeads])(
    'is one request, %s: %j',
    async (line, message) => {
      const { statuses, targets, seen } = await attack(wire, credulity, `${message}${message}${last}`);
      const target = line.split(' ')[1];
      expect(statuses).toEqual(['200', '200', '200']);
      expect(targets).toEqual([target, target, '/last']);
      expect(seen).toEqual([line, line, 'GET /last']);
    },
  );

  test.each(harmless)('when nobody reads the body, what follows is not shifted: %j %j', async (fields, body) => {
    const { statuses, seen } = await attack(wire, credulity, `${post(fields, body)}${last}${last}`, answerUnread);
    // The connection may also end behind an answer that did not wait for the request.
    expect(statuses.join()).toMatch(/^403(,200)?$/);
    expect(seen).toEqual(statuses.length === 1 ? [] : ['GET /last']);
  });
});

const places = nodeFronts.flatMap((front) =>
  (['chunked', 'length'] as const).map((credulity) => ({ front, credulity })),
);
/** Node takes any size of 64 bits for one, and waits for as much. */
const isEndless = (message: string): boolean => message.includes('\r\n8000000000000005\r\n');
const messages = [
  ...refused.filter((message) => !isEndless(message)),
  ...harmless.map(([fields, body]) => post(fields, body)),
  ...harmlessHeads.map(([, message]) => message),
];

describe.each(places)('$front.name before an origin that prefers $credulity', ({ front, credulity }) => {
  test.each(messages)('the origin sees no request that the proxy has not seen: %j', async (message) => {
    const { passed, seen } = await attack(front, credulity, `${message}${last}`);
    // A request that is cut short may not arrive.
    const arrived = passed.filter((line) => seen.includes(line));
    expect(seen).toEqual(arrived);
  });
});

test.each(fronts)('trailers that would frame, route or authenticate do not reach the origin: $name', async (front) => {
  const origin = await startRawServer();
  const { port } = await front.start({ to: `http://127.0.0.1:${origin.port}` });
  const client = await connectRaw(port);
  // Node's parser refuses these by itself.
  const framing = front === wire ? ['Content-Length: 9', te] : [];
  const evil = [...framing, 'Host: b', 'Connection: close', 'Authorization: x', 'X-Forwarded-For: b', 'Cookie: b'];
  client.send(post(te, `5\r\nhello\r\n0\r\n${evil.join('\r\n')}\r\nX: y\r\n\r\n`));
  const seen = await logBytes(await origin.accept()).until(/\r\n0\r\n[^]*\r\n\r\n$/);
  expect(seen.split('\r\n0\r\n')[1]).toBe('X: y\r\n\r\n');
});
