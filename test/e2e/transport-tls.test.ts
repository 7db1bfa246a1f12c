// The wire transport on what is not plain TCP: TLS, where a socket that was told to stop goes on for a while, and Unix sockets.

import { createAbortScope, parseEndpointAddress, type Endpoint } from '@sluice/core';
import {
  bytesBody,
  createHeaderList,
  createWireTransport,
  emptyBody,
  readBody,
  type BodySink,
  type OutgoingRequest,
  type Transport,
  type WireTransportOptions,
} from '@sluice/http';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createCertificateAuthority } from '../support/certificates.ts';
import { createSocketPath, startRawServer, startRawTlsServer } from '../support/raw-server.ts';

const authority = createCertificateAuthority();
const certificate = authority.issue(['localhost', '127.0.0.1']);

function createTransport(options: WireTransportOptions = { tls: { ca: authority.cert } }): Transport {
  const transport = createWireTransport(options);
  onTestFinished(() => transport.close());
  return transport;
}

function createRequest(href: string, parts: Partial<OutgoingRequest> = {}): OutgoingRequest {
  const address = parseEndpointAddress(href);
  return {
    endpoint: { id: href, address } as Endpoint,
    method: 'GET',
    target: '/',
    headers: createHeaderList(['Host', 'a.example']),
    body: emptyBody,
    expectContinue: false,
    upgrade: undefined,
    mayResend: true,
    scope: createAbortScope(),
    timeouts: { connectMs: 10_000, responseHeadMs: 10_000, requestBodyIdleMs: 10_000, responseBodyIdleMs: 10_000 },
    ...parts,
  };
}

/** Reads up to the end of the next request's head. */
async function readHead(socket: Socket): Promise<string> {
  let text = '';
  while (!text.includes('\r\n\r\n')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    text += chunk.toString('latin1');
  }
  return text;
}

/** Takes each chunk only in a later turn, and looks at its bytes as late as the contract allows. */
class SlowSink implements BodySink {
  readonly chunks: Buffer[] = [];
  readonly done: Promise<void>;
  #settle: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor() {
    this.done = new Promise((resolve, reject) => void (this.#settle = { resolve, reject }));
  }

  write(chunk: Uint8Array, flushed: () => void): boolean {
    setImmediate(() => {
      this.chunks.push(Buffer.from(chunk));
      flushed();
    });
    return false;
  }

  end(): void {
    this.#settle?.resolve();
  }

  fail(error: Error): void {
    this.#settle?.reject(error);
  }
}

const payload = Buffer.from(Array.from({ length: 3_000_007 }, (_, index) => (index * 31) % 251));

test('no byte of a large body is lost or overwritten under TLS while its receiver is slow', async () => {
  const server = await startRawTlsServer(certificate);
  const transport = createTransport();
  const href = `https://127.0.0.1:${server.port}`;
  const first = transport.send(createRequest(href));
  const origin = await server.accept();
  for (const [index, sent] of [first, undefined].entries()) {
    const request = sent ?? transport.send(createRequest(href));
    await readHead(origin);
    const isChunked = index === 1;
    const framing = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${payload.length}`;
    origin.write(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`);
    for (let at = 0; at < payload.length; at += 70_001) {
      const piece = payload.subarray(at, at + 70_001);
      if (isChunked) origin.write(`${piece.length.toString(16)}\r\n`);
      origin.write(piece);
      if (isChunked) origin.write('\r\n');
    }
    if (isChunked) origin.write('0\r\n\r\n');
    const sink = new SlowSink();
    (await request).body.pipe(sink);
    await sink.done;
    expect(Buffer.concat(sink.chunks).equals(payload)).toBe(true);
  }
  expect(transport.stats()).toMatchObject({ connectionsCreated: 1, connectionsReused: 1 });
});

test('a large upload arrives whole under TLS', async () => {
  const server = await startRawTlsServer(certificate);
  const transport = createTransport();
  const request = createRequest(`https://localhost:${server.port}`, { method: 'PUT', body: bytesBody(payload) });
  const sent = transport.send(request);
  const origin = await server.accept();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of origin.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    const head = Buffer.concat(chunks.slice(0, 1)).indexOf('\r\n\r\n') + 4;
    if (length === head + payload.length) break;
  }
  origin.write('HTTP/1.1 204 No Content\r\n\r\n');
  expect((await sent).status).toBe(204);
  const received = Buffer.concat(chunks);
  expect(received.subarray(received.indexOf('\r\n\r\n') + 4).equals(payload)).toBe(true);
});

test('a body that is cut under TLS fails', async () => {
  const server = await startRawTlsServer(certificate);
  const sent = createTransport().send(createRequest(`https://127.0.0.1:${server.port}`));
  const origin = await server.accept();
  await readHead(origin);
  origin.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello', () => origin.destroy());
  await expect(readBody((await sent).body, 100)).rejects.toMatchObject({ code: 'SLUICE_RESPONSE_CUT' });
});

test('an endpoint that nobody vouches for gets no request', async () => {
  const server = await startRawTlsServer(certificate);
  const sent = createTransport({}).send(createRequest(`https://127.0.0.1:${server.port}`));
  await expect(sent).rejects.toMatchObject({ code: 'SLUICE_TLS_FAILED', retry: 'safe' });
});

test('a tunnel under TLS has the bytes behind the head, and both directions', async () => {
  const server = await startRawTlsServer(certificate);
  const sent = createTransport().send(createRequest(`https://127.0.0.1:${server.port}`, { upgrade: 'echo' }));
  const origin = await server.accept();
  await readHead(origin);
  origin.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst');
  const { tunnel } = await sent;
  expect(tunnel?.head.toString()).toBe('first');
  tunnel?.socket.write('ping');
  expect(String((await once(origin, 'data'))[0])).toBe('ping');
  origin.end('pong');
  tunnel?.socket.resume();
  expect(String((await once(tunnel?.socket as Socket, 'data'))[0])).toBe('pong');
  tunnel?.socket.destroy();
});

test('an endpoint that speaks before it is asked gets no second chance on that connection', async () => {
  const server = await startRawTlsServer(certificate);
  const transport = createTransport();
  const href = `https://127.0.0.1:${server.port}`;
  const early = transport.send(createRequest(href)).then(
    ({ status, body }) => {
      body.cancel(undefined);
      return status;
    },
    (error: Error & { code: string }) => error.code,
  );
  const first = await server.accept();
  first.end('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  expect([408, 'SLUICE_SEND_FAILED']).toContain(await early);
  await vi.waitFor(() => expect(transport.stats()).toMatchObject({ openConnections: 0, idleConnections: 0 }));
  const late = transport.send(createRequest(href));
  const second = await server.accept();
  await readHead(second);
  second.write('HTTP/1.1 204 No Content\r\n\r\n');
  expect((await late).status).toBe(204);
});

test('requests go to Unix sockets, one after the other on one connection', async () => {
  const path = createSocketPath();
  const server = await startRawServer({ path });
  const transport = createTransport({});
  const first = transport.send(createRequest(`unix:${path}`));
  const origin = await server.accept();
  for (const [index, sent] of [first, undefined].entries()) {
    const request = sent ?? transport.send(createRequest(`unix:${path}`, { target: `/${index}` }));
    expect(await readHead(origin)).toMatch(index === 0 ? /^GET \/ / : /^GET \/1 /);
    origin.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    expect((await readBody((await request).body, 100)).toString()).toBe('ok');
  }
});
