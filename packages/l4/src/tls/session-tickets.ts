// The options of session tickets, their defaults, and the one place where both are read.
import { describeValue, type OptionsReader } from '@sluice/core';
import { sessionKeyBytes, type SessionKey } from './session-keys.ts';

const hourMs = 3_600_000;

/**
 * Session tickets: what clients keep so that their next connection needs no signature of ours. Their keys must change, for who has one can
 * read the TLS 1.2 connections that were resumed with it.
 */
export interface SessionTicketOptions {
  /**
   * Text or bytes, 32 at least, that nobody else knows. All keys are derived from it and from the time, so that processes, threads and
   * machines that have the same secret, the same `keyRotationMs` and the right time resume each other's sessions without another word.
   * @defaultValue random keys, for these contexts alone
   */
  readonly secret?: string | Buffer;
  /**
   * Keys of your own, 48 random bytes each: the first one encrypts, all decrypt. Asked at once and then every `keyRotationMs`. A key that is
   * gone from the list decrypts until its last ticket has expired. When it fails, the keys stay, and `ticket-keys-failed` tells.
   */
  readonly keys?: () => readonly Buffer[] | Promise<readonly Buffer[]>;
  /** How often the keys change, in milliseconds; `false`: never. @defaultValue 43200000 (12 hours) */
  readonly keyRotationMs?: number | false;
  /** How long a session can be resumed, in milliseconds; a week at most. @defaultValue 3600000 (1 hour) */
  readonly lifetimeMs?: number;
}

/** `SessionTicketOptions`, complete and checked. */
export interface ResolvedSessionTickets {
  /** Whether there are any. */
  readonly areGiven: boolean;
  readonly secret: Buffer | undefined;
  readonly keys: SessionTicketOptions['keys'];
  readonly keyRotationMs: number;
  readonly lifetimeMs: number;
}

/** The defaults of `SessionTicketOptions`. */
export const sessionTicketDefaults: Readonly<Pick<ResolvedSessionTickets, 'keyRotationMs' | 'lifetimeMs'>> =
  Object.freeze({ keyRotationMs: 12 * hourMs, lifetimeMs: hourMs });

/** Reads `sessionTickets`. */
export function readSessionTickets(reader: OptionsReader): ResolvedSessionTickets {
  if (reader.raw('sessionTickets') === false) {
    return { areGiven: false, secret: undefined, keys: undefined, ...sessionTicketDefaults };
  }
  return reader.nested('sessionTickets', (own) => {
    const keys = own.function<NonNullable<SessionTicketOptions['keys']>>('keys');
    if (keys !== undefined && own.has('secret')) own.issue('secret', 'is one source too many: there is keys');
    return {
      areGiven: true,
      secret: readSecret(own),
      keys,
      keyRotationMs: own.milliseconds('keyRotationMs', { default: sessionTicketDefaults.keyRotationMs, min: 1000 }),
      // RFC 8446 section 4.6.1: seven days at most.
      lifetimeMs: own.integer('lifetimeMs', {
        default: sessionTicketDefaults.lifetimeMs,
        min: 1000,
        max: 7 * 24 * hourMs,
      }),
    };
  });
}

function readSecret(reader: OptionsReader): Buffer | undefined {
  const value = reader.raw('secret') ?? undefined;
  if (value === undefined) return undefined;
  const secret = typeof value === 'string' || Buffer.isBuffer(value) ? Buffer.from(value) : undefined;
  if (secret !== undefined && secret.length >= 32) return secret;
  // The value stays out of the message.
  reader.issue(
    'secret',
    `must be text or a Buffer of 32 bytes at least, got ${secret?.length ?? describeValue(value)}`,
  );
  return undefined;
}

/** Whether two sets of options lead to the same keys at the same times. */
export function haveSameKeys(one: ResolvedSessionTickets, other: ResolvedSessionTickets): boolean {
  const isSameSecret = one.secret === undefined ? other.secret === undefined : other.secret?.equals(one.secret);
  return isSameSecret === true && one.keys === other.keys && one.keyRotationMs === other.keyRotationMs;
}

/** Checks what a function of the user's has given. @throws Error */
export function checkSessionKeys(keys: unknown): readonly [SessionKey, ...SessionKey[]] {
  const list = Array.isArray(keys) ? (keys as unknown[]) : [];
  const [first, ...others] = list.filter((key) => Buffer.isBuffer(key) && key.length === sessionKeyBytes) as Buffer[];
  if (first === undefined || others.length + 1 < list.length) {
    throw new TypeError(`session ticket keys must be a list of Buffers of ${sessionKeyBytes} bytes, and not empty`);
  }
  return [first, ...others];
}
