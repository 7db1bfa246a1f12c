// Attack: a body in chunks of one byte, with or without an extension on each.
// Impact: six bytes of the client cost a system call of ours: ten megabits per second of them used to keep a core busy.
// Guard: chunks that come together leave together.

import { expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { connectRaw } from '../support/raw-client.ts';
import { plainAnswer } from '../support/relayed-exchange.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

const [listener] = fronts;
if (listener === undefined) throw new Error('no front');
const head = 'Transfer-Encoding: chunked\r\n\r\n';

test.each(['1\r\na\r\n', '1;x\r\na\r\n'])(
  'thousands of %j leave as a few chunks, in either direction',
  async (chunk) => {
    const server = await startScriptedOrigin();
    const { port } = await listener.start({ to: server.url });
    const flood = `${chunk.repeat(5_000)}0\r\n\r\n`;
    const client = await connectRaw(port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${head}${flood}`);
    const origin = await server.accept();
    await origin.until(/\r\n0\r\n\r\n$/);
    origin.send(`HTTP/1.1 200 OK\r\n${head}${flood}`);
    await client.until(/\r\n0\r\n\r\n$/);
    for (const { received } of [origin, client]) {
      const chunks = received.slice(received.indexOf('\r\n\r\n') + 4).split('\r\n');
      expect(chunks.filter((_, index) => index % 2 === 1).join('')).toBe('a'.repeat(5_000));
      expect(chunks.length).toBeLessThan(500);
    }
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await origin.until(/GET \/ [^]*\r\n\r\n$/);
    origin.send(plainAnswer);
    await client.until(/ok$/);
  },
);
