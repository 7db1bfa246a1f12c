// Bodies flow as they come, whatever their size, with bounded memory, and arrive as they were sent.

import { createHash, randomFillSync } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { fronts } from '../support/fronts.ts';
import { openExchange } from '../support/relayed-exchange.ts';
import { startHttpOrigin } from '../support/http-origin.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startScriptedOrigin } from '../support/scripted-origin.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What buffers take when those that nobody needs are gone: each collection finishes the sweep of the one before. */
function bytesInBuffers(): number {
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}

const megabyte = randomFillSync(Buffer.alloc(1_000_000));

function megabytes(count: number): Readable {
  return Readable.from(Array.from({ length: count }, () => megabyte));
}

async function digest(stream: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

describe.each(fronts)('$name', (front) => {
  test.each([
    ['of known length', { 'Content-Length': '20000000' }],
    ['chunked', {}],
  ])('a large upload %s arrives as it was sent', async (_kind, headers) => {
    const expected = await digest(megabytes(20));
    const origin = await startHttpOrigin((req, res) => void digest(req).then((sum) => res.end(sum)));
    const { url } = await front.start({ to: origin.url });
    const answer = await new Promise<string>((resolve, reject) => {
      const sent = httpRequest(url, { method: 'PUT', headers }, (res) => {
        res.setEncoding('utf8').on('data', resolve);
      });
      pipeline(megabytes(20), sent).catch(reject);
    });
    expect(answer).toBe(expected);
  });

  test.each([
    ['of known length', { 'Content-Length': '20000000' }],
    ['chunked', {}],
  ])('a large download %s arrives as it was sent', async (_kind, headers) => {
    const origin = await startHttpOrigin(
      (_req, res) => void pipeline(megabytes(20), res.writeHead(200, headers)).catch(() => {}),
    );
    const { url } = await front.start({ to: origin.url });
    const response = await fetch(url);
    expect(await digest(response.body as AsyncIterable<unknown>)).toBe(await digest(megabytes(20)));
  });

  test('server-sent events leave one by one', async () => {
    const { client, origin } = await openExchange(
      front,
      'GET / HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n',
    );
    origin.send('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
    // The head does not wait for the first event.
    await client.until(/text\/event-stream\r\n/);
    for (const event of ['one', 'two', 'three']) {
      origin.send(`${(event.length + 8).toString(16)}\r\ndata: ${event}\n\n\r\n`);
      await client.until(new RegExp(`data: ${event}\n\n`));
    }
  });

  test('a client that reads slowly slows the endpoint down instead of filling memory', async () => {
    const server = await startScriptedOrigin();
    const { port } = await front.start({ to: server.url });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    client.socket.pause();
    const origin = await server.accept();
    await origin.until(/\r\n\r\n/);
    origin.send('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n');
    let taken = 0;
    const block = Buffer.alloc(1_000_000);
    const write = (): void => {
      while (taken < 100 && origin.socket.writableLength === 0)
        origin.socket.write(block, () => taken++ < 100 && write());
    };
    write();
    // When nothing has moved for a while, what was taken sits in socket buffers; the rest has to wait.
    for (let before = -1; before !== taken;) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(taken).toBeLessThan(50);
    client.socket.resume();
    await expect.poll(() => taken, { timeout: 20_000 }).toBeGreaterThanOrEqual(100);
  });

  test('a download that goes on keeps no memory of what has passed', async () => {
    const origin = await startHttpOrigin((_req, res) => {
      const stream = megabytes(64);
      stream.pipe(res, { end: false });
      res.once('close', () => stream.destroy());
    });
    const { url } = await front.start({ to: origin.url });
    const before = bytesInBuffers();
    const kept = await new Promise<number>((resolve) => {
      const request = httpRequest(url, (res) => {
        let received = 0;
        res.on('data', (chunk: Buffer) => {
          received += chunk.length;
          if (received < 64_000_000) return;
          resolve(bytesInBuffers() - before);
          request.destroy();
        });
        res.on('error', () => {});
      });
      request.on('error', () => {}).end();
    });
    // What is under way is far less than a quarter of what has passed.
    expect(kept).toBeLessThan(16_000_000);
  });

  test('an answer that comes while the request is still being sent streams beside it', async () => {
    const server = await startScriptedOrigin();
    const { port } = await front.start({ to: server.url });
    const client = await connectRaw(port);
    client.send('POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n');
    const origin = await server.accept();
    await origin.until(/one\r\n$/);
    origin.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nONE\r\n');
    await client.until(/3\r\nONE\r\n$/);
    client.send('3\r\ntwo\r\n');
    await origin.until(/two\r\n$/);
    origin.send('3\r\nTWO\r\n');
    await client.until(/3\r\nTWO\r\n$/);
    client.send('0\r\n\r\n');
    await origin.until(/0\r\n\r\n$/);
    origin.send('0\r\n\r\n');
    await client.until(/0\r\n\r\n$/);
  });
});
