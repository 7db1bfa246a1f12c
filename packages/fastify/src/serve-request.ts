// Hands one request of Fastify to a proxy: with the fields that hooks have set on the reply, and errors that come back in Fastify's style.
import { isProxyError } from '@sluice/core';
import { errorStatus, retryAfterSeconds, type Exchange, type Proxy } from '@sluice/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES } from 'node:http';
import type { Prepare } from './plugin-options.ts';
import { takeUpgrade } from './upgrade.ts';

/** How one request is served. */
export interface ServeOptions {
  readonly proxy: Proxy;
  readonly target: string;
  readonly prepare: readonly (Prepare | undefined)[];
}

/** Serves a request, or an upgrade that was led through Fastify's routes. */
export function serveRequest(request: FastifyRequest, reply: FastifyReply, options: ServeOptions): void {
  const { proxy, target } = options;
  const prepare = async (exchange: Exchange): Promise<void> => {
    for (const station of options.prepare) await station?.(exchange, request);
  };
  const upgrade = takeUpgrade(request.raw);
  if (upgrade !== undefined) {
    reply.hijack();
    proxy.upgrade(request.raw, upgrade.socket, upgrade.head, { target, prepare });
    return;
  }
  // Hooks such as those of CORS set fields on the reply, which would reach the client only with `reply.send`.
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  const next = (error: unknown): void => void reply.send(describeFailure(error, reply));
  proxy.handle(request.raw, reply.raw, { target, parsedBody: request.body, prepare, next });
}

/** An error as Fastify's error handlers expect it. Its message is for clients; what really happened is its cause, for the log. */
function describeFailure(cause: unknown, reply: FastifyReply): Error {
  if (!isProxyError(cause)) return cause instanceof Error ? cause : new Error('the proxy failed', { cause });
  const statusCode = errorStatus(cause);
  if (statusCode === 503) void reply.header('Retry-After', retryAfterSeconds(cause));
  const message = STATUS_CODES[statusCode] ?? 'Client Closed Request';
  return Object.assign(new Error(message, { cause }), { code: cause.code, statusCode });
}
