// What httpProbe can be told, its defaults, and the one place where both are read.
import { describeValue, type OptionsReader } from '@sluice/core';
import { readProbeAddress, type ProbeAddress, type ProbeAddressOptions, type UpstreamTlsOptions } from '@sluice/l4';
import { isFieldValue, isToken } from '../headers/field-syntax.ts';
import type { Transport } from '../transport/transport.ts';
import { createWireTransport } from '../transport/wire-transport.ts';
import { readHttpExpectation, type HttpExpectation, type TextExpectation } from './http-expectation.ts';
import type { StatusRange } from './status-list.ts';

/** What `httpProbe` takes. */
export interface HttpProbeOptions extends ProbeAddressOptions {
  /** What events and statistics call it. @defaultValue the method and the path: `GET /` */
  readonly name?: string;
  /** @defaultValue `'GET'` */
  readonly method?: string;
  /** The path, with a query if there is one; sent as it is. @defaultValue `'/'` */
  readonly path?: string;
  /** The host that is asked for. @defaultValue the endpoint's own */
  readonly host?: string;
  /** More fields of the request. @defaultValue `User-Agent: sluice-probe` and `Accept` */
  readonly headers?: Readonly<Record<string, string>>;
  /** Which statuses are fine: `200`, `'2xx'`, `'200-399'`. @defaultValue `['200-399']` */
  readonly status?: readonly StatusRange[];
  /** Fields that must be there, by name, and what must be in one of their lines: text, a pattern, a function. @defaultValue none */
  readonly expectHeaders?: Readonly<Record<string, TextExpectation>>;
  /** What must be in the body, as far as it is read: text, a pattern, a function. @defaultValue anything */
  readonly expectBody?: TextExpectation;
  /** How much of the body is read, in bytes. A body that breaks off before is a failure. @defaultValue 65536 */
  readonly maxBodyBytes?: number;
  /** A field in which the endpoint says how much of its weight it wants: `50%`, `drain`, `up`. @defaultValue none */
  readonly weightHeader?: string;
  /** For endpoints with `https:`, or with `secure`. */
  readonly tls?: UpstreamTlsOptions;
  /** What carries the request instead, such as one over undici; it is yours to close. @defaultValue our own, over a connection of its own */
  readonly transport?: Transport;
}

/** The defaults of `HttpProbeOptions`. */
export const httpProbeDefaults: { readonly method: string; readonly path: string; readonly maxBodyBytes: number } =
  Object.freeze({ method: 'GET', path: '/', maxBodyBytes: 65_536 });

/** `HttpProbeOptions`, complete and checked. */
export interface ResolvedHttpProbe {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly host: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly expected: HttpExpectation;
  readonly maxBodyBytes: number;
  readonly weightHeader: string | undefined;
  readonly addressOf: ProbeAddress;
  readonly transport: Transport;
}

/** Reads the options of `httpProbe`. */
export function readHttpProbe(reader: OptionsReader): ResolvedHttpProbe {
  const method = reader.string('method', { default: httpProbeDefaults.method });
  const path = reader.string('path', { default: httpProbeDefaults.path });
  const host = reader.string('host');
  const weightHeader = reader.string('weightHeader');
  if (!isToken(method) || method === 'CONNECT') reader.issue('method', 'must be a method other than CONNECT');
  if (!/^(?:\/[\x21-\x7e]*|\*)$/.test(path)) reader.issue('path', 'must begin with / and have visible characters only');
  if (host !== undefined && !/^[\x21-\x7e]+$/.test(host))
    reader.issue('host', 'must be a host, with a port if need be');
  if (weightHeader !== undefined && !isToken(weightHeader)) reader.issue('weightHeader', 'must be a field name');
  return {
    name: reader.string('name', { default: `${method} ${path}` }),
    method,
    path,
    host,
    headers: readHeaders(reader),
    expected: readHttpExpectation(reader),
    maxBodyBytes: reader.integer('maxBodyBytes', { default: httpProbeDefaults.maxBodyBytes, min: 0, max: 16_777_216 }),
    weightHeader,
    addressOf: readProbeAddress(reader),
    transport: readTransport(reader),
  };
}

function readHeaders(reader: OptionsReader): ResolvedHttpProbe['headers'] {
  const value = reader.raw('headers') ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    reader.issue('headers', `must be an object, got ${describeValue(value)}`);
    return [];
  }
  return Object.entries(value).flatMap(([name, text]: [string, unknown]) => {
    if (isToken(name) && typeof text === 'string' && isFieldValue(text)) return [[name, text] as const];
    reader.issue(`headers.${name}`, 'must be a field that can be sent');
    return [];
  });
}

function readTransport(reader: OptionsReader): Transport {
  const transport = reader.raw('transport') as Transport | undefined;
  const tls = reader.raw('tls') as UpstreamTlsOptions | undefined;
  if (transport !== undefined && typeof transport.send === 'function') {
    if (tls !== undefined) reader.issue('tls', 'is for the default transport and can not go with transport');
    return transport;
  }
  if (transport !== undefined) reader.issue('transport', 'must be a transport');
  // Nothing is kept between two probes, so there is nothing to close either.
  return createWireTransport({ pool: { maxRequestsPerConnection: 1 }, ...(tls !== undefined && { tls }) });
}
