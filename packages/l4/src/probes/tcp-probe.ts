// The active check of layer 4: whether an endpoint takes connections, and says what it should on them.
import { describeValue, resolveOptions, type OptionsReader, type Probe } from '@sluice/core';
import { passDialRules, type DialRules } from '../dial-guard.ts';
import type { DialerOptions } from '../dialer-options.ts';
import { createDialer } from '../dialer.ts';
import type { UpstreamTlsOptions } from '../tls/upstream-tls.ts';
import { describeExpected, matchBytes, quoteBytes, type ExpectedBytes } from './expected-bytes.ts';
import { askEndpoint, type Conversation } from './first-answer.ts';
import { readProbeAddress, type ProbeAddressOptions } from './probe-address.ts';

/** What `tcpProbe` takes. */
export interface TcpProbeOptions extends ProbeAddressOptions, DialRules {
  /** What events and statistics call it. @defaultValue `'tcp'` */
  readonly name?: string;
  /** Said first. Servers that speak first, such as those of SMTP, IMAP and SSH, need nothing. @defaultValue nothing */
  readonly send?: string | Uint8Array;
  /**
   * What the answer must begin with: text (as UTF-8), bytes, or a pattern that must match somewhere in the first `maxBytes`, each byte read as
   * one character. @defaultValue nothing: a connection is enough
   */
  readonly expect?: string | Uint8Array | RegExp;
  /** How much of the answer is looked at, in bytes. @defaultValue 4096 */
  readonly maxBytes?: number;
  /** Said last, so that the endpoint need not log a client that broke off: `QUIT\r\n`. @defaultValue nothing */
  readonly quit?: string | Uint8Array;
  /** For endpoints with `https:`, or with `secure`. */
  readonly tls?: UpstreamTlsOptions;
}

/** The defaults of `TcpProbeOptions`. */
export const tcpProbeDefaults: { readonly name: string; readonly maxBytes: number } = Object.freeze({
  name: 'tcp',
  maxBytes: 4_096,
});

/**
 * Makes a probe that connects to an endpoint, over TLS when its address says so, and may expect certain words.
 *
 * @throws OptionsError with every issue
 * @example
 * ```ts
 * const smtp = tcpProbe({ expect: '220', quit: 'QUIT\r\n' });
 * const imap = tcpProbe({ expect: '* OK' });
 * const ssh = tcpProbe({ expect: 'SSH-2.0-' });
 * const redis = tcpProbe({ send: 'PING\r\n', expect: '+PONG' });
 * ```
 */
export function tcpProbe(options: TcpProbeOptions = {}): Probe {
  const { name, expected, dialerOptions, addressOf, conversation } = resolveOptions(options, 'tcpProbe', readTcpProbe);
  const dialer = createDialer(dialerOptions);
  return {
    name,
    async check(endpoint, scope) {
      const target = { address: addressOf(endpoint.address), endpoint };
      const { value, failure } = await askEndpoint(dialer, target, scope, conversation);
      if (expected === undefined) return { healthy: true, reason: 'connected' };
      const wanted = describeExpected(expected);
      if (value === undefined) return { healthy: false, reason: `no ${wanted} ${failure ?? ''}` };
      const said = quoteBytes(value.bytes);
      return value.isMatch
        ? { healthy: true, reason: `answered ${said}` }
        : { healthy: false, reason: `answered ${said} instead of ${wanted}` };
    },
  };
}

interface Reply {
  readonly isMatch: boolean;
  /** A copy of the answer so far. */
  readonly bytes: Uint8Array;
}

interface ResolvedTcpProbe {
  readonly name: string;
  readonly expected: ExpectedBytes | undefined;
  readonly dialerOptions: DialerOptions;
  readonly addressOf: ReturnType<typeof readProbeAddress>;
  readonly conversation: Conversation<Reply>;
}

function readTcpProbe(reader: OptionsReader): ResolvedTcpProbe {
  const expected = readExpected(reader);
  const tls = reader.raw('tls') as UpstreamTlsOptions | undefined;
  return {
    name: reader.string('name', { default: tcpProbeDefaults.name }),
    expected,
    dialerOptions: { ...passDialRules(reader), ...(tls !== undefined && { tls }) },
    addressOf: readProbeAddress(reader),
    conversation: {
      send: readBytes(reader, 'send'),
      quit: readBytes(reader, 'quit'),
      maxBytes: reader.integer('maxBytes', { default: tcpProbeDefaults.maxBytes, min: 1, max: 1_048_576 }),
      understand: expected === undefined ? undefined : createUnderstanding(expected),
    },
  };
}

function createUnderstanding(expected: ExpectedBytes): (bytes: Buffer) => Reply | undefined {
  const match = matchBytes(expected);
  return (bytes) => {
    const isMatch = match(bytes);
    return isMatch === undefined ? undefined : { isMatch, bytes: Uint8Array.from(bytes) };
  };
}

function readExpected(reader: OptionsReader): ExpectedBytes | undefined {
  const value = reader.raw('expect') ?? undefined;
  if (value === undefined || value instanceof RegExp || isBytes(value)) return value;
  reader.issue('expect', `must be text, bytes or a pattern, and not empty, got ${describeValue(value)}`);
  return undefined;
}

function readBytes(reader: OptionsReader, key: string): Uint8Array | undefined {
  const value = reader.raw(key) ?? undefined;
  if (value === undefined) return undefined;
  if (isBytes(value)) return Uint8Array.from(Buffer.from(value));
  reader.issue(key, `must be text or bytes, and not empty, got ${describeValue(value)}`);
  return undefined;
}

function isBytes(value: unknown): value is string | Uint8Array {
  return (typeof value === 'string' || value instanceof Uint8Array) && value.length > 0;
}
