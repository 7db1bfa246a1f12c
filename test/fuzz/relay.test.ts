// Generated responses, many with one more response behind them that nobody has asked for, through a proxy that keeps its connections. What reaches
// a client is HTTP for llhttp, and the answer to its own request, never the one that was left over.
import { createProxy } from '@sluice/http';
import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { logBytes } from '../support/byte-log.ts';
import { startRawServer } from '../support/raw-server.ts';
import { Dice } from './dice.ts';
import { readOurResponse } from './our-responses.ts';
import { makeResponse } from './response-grammar.ts';

const cases = 400;
const poison = 'HTTP/1.1 200 OK\r\nX-Case: poison\r\nContent-Length: 0\r\n\r\n';

/** The answer to request `index`, which says so in each of its heads; with poison behind it when it has an end that is not the connection's. */
function makeAnswer(dice: Dice, index: number): string {
  const answer = makeResponse(dice).replaceAll(/^(HTTP\/[^\r\n]*)\r\n/gm, `$1\r\nX-Case: ${index}\r\n`);
  const { messages, ending } = readOurResponse('GET', [answer + poison], false);
  const final = messages.at(-1);
  if (ending !== 'idle' || final?.start[0]?.startsWith('1')) return answer;
  return JSON.stringify(final).includes('poison') ? answer : answer + poison;
}

/** Answers each request by the number in its target. A connection ends behind a response that may have no end of its own. */
async function startOrigin(): Promise<{ readonly port: number; readonly poisonings: () => number }> {
  const server = await startRawServer();
  let poisonings = 0;
  const serve = async (): Promise<void> => {
    for (;;) {
      const socket = await server.accept();
      const log = logBytes(socket);
      socket.on('data', () => {
        if (!log.received.endsWith('\r\n\r\n')) return;
        const index = Number([...log.received.matchAll(/^GET \/(\d+) /gm)].at(-1)?.[1]);
        const answer = makeAnswer(new Dice(index), index);
        socket.write(answer, 'latin1');
        if (answer.endsWith(poison)) poisonings++;
        else socket.end();
      });
    }
  };
  void serve();
  return { port: server.port, poisonings: () => poisonings };
}

/** What a client gets: the status and the case of the answer, or the error. */
function ask(port: number, index: number): Promise<string> {
  return new Promise((resolve) => {
    request({ port, host: '127.0.0.1', path: `/${index}`, agent: false }, (response) => {
      const answer = `${response.statusCode} ${String(response.headers['x-case'] ?? 'by the proxy')}`;
      response.on('error', (error) => resolve(`${answer}, ${error.message}`));
      response.on('end', () => resolve(answer)).resume();
    })
      .on('error', (error) => resolve(error.message))
      .end();
  });
}

test('each client gets HTTP, and the answer to its own request', async () => {
  const origin = await startOrigin();
  const proxy = createProxy({ upstream: { endpoints: [`http://127.0.0.1:${origin.port}`], health: false } });
  onTestFinished(() => proxy.close());
  const { port } = await proxy.listen();
  let relayed = 0;
  for (let index = 0; index < cases; index++) {
    const answer = await ask(port, index);
    // A response that was cut reaches its client as a reset, before or behind its head.
    expect(answer).toMatch(
      new RegExp(`^(?:\\d{3} ${index}(?:, aborted)?|502 by the proxy|read ECONNRESET|socket hang up)$`),
    );
    if (!answer.startsWith('502')) relayed++;
  }
  expect(relayed).toBeGreaterThan(cases / 2);
  expect(origin.poisonings()).toBeGreaterThan(cases / 4);
});
