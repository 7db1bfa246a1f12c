// What a proxy has to do, in every framework it is mounted in.

import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { frameworks } from '../support/frameworks.ts';
import { startHttpOrigin } from '../support/http-origin.ts';

/** What a framework keeps the proxy from doing, and why. */
const exceptions: Readonly<Record<string, string>> = {
  'Hono on sockets: HEAD':
    'Hono answers HEAD with a new Response, made of what the handler returned, before the proxy has answered',
};

/** A response as it came, with nothing of `fetch` about it. */
async function ask(url: string, method = 'GET'): Promise<IncomingMessage> {
  const req = request(url, { method, agent: false, headers: { 'X-One': '1' } }).end();
  const [res] = (await once(req, 'response')) as [IncomingMessage];
  return res.resume();
}

describe.each(frameworks)('%s', (name, start) => {
  test('passes target and fields on, and each Set-Cookie back', async () => {
    const origin = await startHttpOrigin((req, res) => {
      res.setHeader('Set-Cookie', ['a=1', 'b=2']);
      res.setHeader('X-Seen', `${req.url} ${String(req.headers['x-one'])}`).end();
    });
    const res = await ask(`${await start(origin.url)}/a//b?x=%41`);
    expect(res.headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], 'x-seen': '/a//b?x=%41 1' });
  });

  test('streams an upload of some megabytes', async () => {
    const origin = await startHttpOrigin(async (req, res) => {
      let bytes = 0;
      for await (const chunk of req) bytes += (chunk as Buffer).length;
      res.end(String(bytes));
    });
    const chunks = new ReadableStream({
      start(controller) {
        for (let index = 0; index < 64; index++) controller.enqueue(new Uint8Array(65_536));
        controller.close();
      },
    });
    const init = { method: 'POST', body: chunks, duplex: 'half' } as const;
    expect(await (await fetch(await start(origin.url), init)).text()).toBe('4194304');
  });

  test('hands on each piece of a response as it comes', async () => {
    let finish = (): void => {};
    const origin = await startHttpOrigin((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: 1\n\n');
      finish = () => res.end('data: 2\n\n');
    });
    const response = await fetch(await start(origin.url));
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('data: 1\n\n');
    finish();
    expect((await reader.read()).value).toBe('data: 2\n\n');
  });

  test('lets the origin know that the client has left', async () => {
    const closed = vi.fn<() => void>();
    const abort = new AbortController();
    const origin = await startHttpOrigin((_req, res) => {
      res.once('close', closed);
      abort.abort();
    });
    await expect(fetch(await start(origin.url), { signal: abort.signal })).rejects.toThrow('aborted');
    await vi.waitFor(() => expect(closed).toHaveBeenCalled());
  });

  test('answers 502 for an origin that is dead', async () => {
    const origin = await startHttpOrigin(() => {});
    await origin.kill();
    expect((await ask(await start(origin.url))).statusCode).toBe(502);
  });

  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('relays the response without a body to %s: %i', async (method, status) => {
    const origin = await startHttpOrigin((req, res) =>
      res.writeHead(status, { 'X-Method': req.method, ETag: '"1"' }).end(),
    );
    const res = await ask(await start(origin.url), method);
    const isException = `${name}: ${method}` in exceptions;
    const expected = isException ? [200, undefined, undefined] : [status, method, '"1"'];
    expect([res.statusCode, res.headers['x-method'], res.headers.etag]).toEqual(expected);
  });

  test('tunnels a WebSocket', async () => {
    const origin = await startHttpOrigin(() => {});
    const sockets = new WebSocketServer({ server: origin.server });
    sockets.on('connection', (socket) =>
      socket.on('message', (data: Buffer) => socket.send(`echo ${data.toString()}`)),
    );
    const socket = new WebSocket((await start(origin.url)).replace('http', 'ws'));
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe('echo hello');
  });
});
