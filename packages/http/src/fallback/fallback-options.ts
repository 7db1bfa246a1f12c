// Everything that can be said about fallbacks, and the defaults.
import { isUpstream, resolveOptions, type OptionsReader, type ProxyError, type Upstream } from '@sluice/core';
import type { Exchange } from '../exchange.ts';
import { readStatusList, type StatusList, type StatusRange } from '../health/status-list.ts';
import { createResponse, type ProxyResponse, type ResponseInit } from '../response/response.ts';
import { fallbackConditions, type FallbackCondition } from './fallback-conditions.ts';

/** What answers instead of an upstream that can not. One of `upstream` and `response`. */
export interface FallbackOptions {
  /** Another upstream, which you close yourself. It is asked once for each exchange, with the retries of the exchange. */
  readonly upstream?: Upstream;
  /** An answer, or what makes one: a function of the exchange and the error. Its body is text or bytes, which are sent many times. */
  readonly response?:
    ResponseInit | ((exchange: Exchange, error: ProxyError) => ProxyResponse | Promise<ProxyResponse>);
  /** What it is for. @defaultValue all: `['no-endpoint', 'circuit-open', 'overloaded', 'failed']` */
  readonly on?: readonly FallbackCondition[];
  /** Answers that are no better than none. @defaultValue none */
  readonly statuses?: readonly StatusRange[];
  /** Bytes of a request body that are remembered, so that another upstream can get it. 0 remembers none. @defaultValue 65536 */
  readonly maxReplayBytes?: number;
}

/** Makes the answer to an error. */
export type FallbackAnswer = (exchange: Exchange, error: ProxyError) => ProxyResponse | Promise<ProxyResponse>;

/** `FallbackOptions`, complete. */
export interface ResolvedFallback {
  readonly target: Upstream | FallbackAnswer;
  readonly on: ReadonlySet<FallbackCondition>;
  readonly statuses: StatusList;
  readonly maxReplayBytes: number;
}

/** Completes and checks the options. @throws OptionsError */
export function resolveFallbackOptions(options: FallbackOptions): ResolvedFallback {
  return resolveOptions(options, 'fallback', (reader) => ({
    target: readTarget(reader),
    on: reader.has('on') ? new Set(readConditions(reader)) : new Set(fallbackConditions),
    statuses: readStatusList(reader, 'statuses', []),
    maxReplayBytes: reader.integer('maxReplayBytes', { default: 64 * 1024, min: 0 }),
  }));
}

function readTarget(reader: OptionsReader): Upstream | FallbackAnswer {
  const upstream = reader.raw('upstream') ?? undefined;
  const response = reader.raw('response') ?? undefined;
  if ((upstream === undefined) === (response === undefined))
    reader.issue('upstream', 'or response must be given, and only one of them');
  if (upstream !== undefined && !isUpstream(upstream)) reader.issue('upstream', 'must be made by createUpstream');
  if (isUpstream(upstream)) return upstream;
  return typeof response === 'function' ? (response as FallbackAnswer) : readResponse(reader, response);
}

function readResponse(reader: OptionsReader, response: unknown): FallbackAnswer {
  if (response === undefined) return () => createResponse({ status: 503 });
  if (typeof response !== 'object') reader.issue('response', 'must be a function, or what createResponse takes');
  const init = response as ResponseInit;
  const { body } = init;
  // A body flows once, and a list of fields is taken over: neither can be given twice.
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array))
    reader.issue('response.body', 'must be text or bytes; a function can make others');
  if (typeof (init.headers as { format?: unknown } | undefined)?.format === 'function')
    reader.issue('response.headers', 'must be an object or a flat list; a function can make others');
  return () => createResponse(init);
}

function readConditions(reader: OptionsReader): readonly FallbackCondition[] {
  return reader.list('on', (value, path) => {
    const condition = fallbackConditions.find((known) => known === value);
    if (condition === undefined) reader.issue(path, `must be one of ${fallbackConditions.join(', ')}`);
    return condition;
  });
}
