// How much and how long the first bytes of a connection are looked at: options, defaults and reading them. The looking is first-bytes.ts.
import type { OptionsReader } from '@sluice/core';
import { defaultMaxHelloBytes } from './parse-client-hello.ts';

/** How a ClientHello is read. */
export interface ClientHelloOptions {
  /** The most bytes of it, with its record headers. Over it the client is refused. @defaultValue 16384 */
  readonly maxHelloBytes?: number;
  /** How long a client may take to send it, in milliseconds. `false`: as long as `timeouts.establishMs` allows. @defaultValue 10000 */
  readonly helloTimeoutMs?: number | false;
}

/** How a protocol is told by its first bytes. */
export interface SniffOptions {
  /**
   * How long a client may send nothing, in milliseconds; then it counts as one that waits for the server to speak first (SMTP, IMAP, MySQL).
   * Every such client waits that long, and one whose first packet got lost must not be taken for one: a packet is sent again after a second.
   *
   * @defaultValue 3000
   */
  readonly silenceMs?: number;
}

/** The defaults of `ClientHelloOptions` and `SniffOptions`. */
export const firstBytesDefaults: {
  readonly maxHelloBytes: number;
  readonly helloTimeoutMs: number;
  readonly silenceMs: number;
} = Object.freeze({ maxHelloBytes: defaultMaxHelloBytes, helloTimeoutMs: 10_000, silenceMs: 3_000 });

/** What is looked at, and how; what is `undefined` is not. */
export interface FirstBytesSettings {
  readonly sniff: { readonly silenceMs: number } | undefined;
  readonly clientHello: { readonly maxHelloBytes: number; readonly helloTimeoutMs: number } | undefined;
}

/** What is to be known of a connection by its first bytes. */
export interface FirstBytesNeeds {
  /** `connection.protocol`. */
  readonly sniff: boolean;
  /** `connection.clientHello`. */
  readonly clientHello: boolean;
}

/** Nothing. */
export const noNeeds: FirstBytesNeeds = Object.freeze({ sniff: false, clientHello: false });

/** Whether what is noted is all that is needed. */
export function covers(noted: FirstBytesNeeds, needs: FirstBytesNeeds): boolean {
  return (noted.sniff || !needs.sniff) && (noted.clientHello || !needs.clientHello);
}

/**
 * Reads the keys `sniff` and `clientHello`: options, or `true` for the defaults, or `false`.
 *
 * @param needs - What is on when its key is absent, and must not be switched off.
 */
export function readFirstBytesOptions(reader: OptionsReader, needs: FirstBytesNeeds): FirstBytesSettings {
  const { silenceMs, maxHelloBytes, helloTimeoutMs } = firstBytesDefaults;
  return {
    sniff: readSwitch(reader, 'sniff', needs.sniff, (sniff) => ({
      silenceMs: sniff.integer('silenceMs', { default: silenceMs, min: 1 }),
    })),
    clientHello: readSwitch(reader, 'clientHello', needs.clientHello, (hello) => ({
      maxHelloBytes: hello.integer('maxHelloBytes', { default: maxHelloBytes, min: 64 }),
      helloTimeoutMs: hello.milliseconds('helloTimeoutMs', { default: helloTimeoutMs, min: 1 }),
    })),
  };
}

function readSwitch<Settings>(
  reader: OptionsReader,
  key: string,
  isNeeded: boolean,
  read: (reader: OptionsReader) => Settings,
): Settings | undefined {
  const value = reader.raw(key) ?? isNeeded;
  if (value !== false) return reader.at(value === true ? {} : value, key, read);
  if (isNeeded) reader.issue(key, 'must not be false: the route chooses by it');
  return undefined;
}
