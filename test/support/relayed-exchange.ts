// One request on its way through a proxy: what the client holds at one end, and what the origin holds at the other.

import type { Proxy, ProxyOptions } from '@sluice/http';
import type { ByteLog } from './byte-log.ts';
import type { Front } from './fronts.ts';
import { connectRaw } from './raw-client.ts';
import { startScriptedOrigin, type ScriptedOrigin } from './scripted-origin.ts';

export const plainAnswer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export interface RelayedExchange {
  readonly client: ByteLog;
  /** The proxy's connection to the origin. */
  readonly origin: ByteLog;
  readonly server: ScriptedOrigin;
  readonly proxy: Proxy;
  readonly port: number;
}

/** Starts a proxy with an origin behind it and sends bytes to it. Resolves when a request's head has reached the origin. */
export async function openExchange(
  front: Front,
  request: string,
  options: ProxyOptions = {},
): Promise<RelayedExchange> {
  const server = await startScriptedOrigin();
  const { port, proxy } = await front.start({ to: server.url, ...options });
  const client = await connectRaw(port);
  client.send(request);
  const origin = await server.accept();
  await origin.until(/\r\n\r\n/);
  return { client, origin, server, proxy, port };
}

/** The head that the origin gets for a request. */
export async function headAtOrigin(front: Front, request: string, options?: ProxyOptions): Promise<MessageHead> {
  const { origin, client } = await openExchange(front, request, options);
  origin.send(plainAnswer);
  await client.until(/ok$/);
  return parseHead(origin.received);
}

/** The head that the client gets when the origin answers a plain GET like this, and all that came behind it so far. */
export async function headAtClient(front: Front, answer: string, options?: ProxyOptions): Promise<MessageHead> {
  const { client, origin } = await openExchange(front, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', options);
  origin.send(answer);
  return parseHead(await client.until(/\r\n\r\n/));
}

export interface MessageHead {
  readonly startLine: string;
  /** Field lines as they are, in order. */
  readonly lines: readonly string[];
  /** The values of a field's lines. */
  values(name: string): string[];
}

export function parseHead(message: string): MessageHead {
  const [startLine = '', ...lines] = message.slice(0, message.indexOf('\r\n\r\n')).split('\r\n');
  return {
    startLine,
    lines,
    values: (name) =>
      lines
        .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
        .map((line) => line.slice(name.length + 1).trim()),
  };
}
