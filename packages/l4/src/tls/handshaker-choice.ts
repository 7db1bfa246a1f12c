// Chooses what makes a handshake by the key that the client's session ticket was made with: OpenSSL gets one key from Node, and that is the newest.
import type { Cancellation, Clock } from '@sluice/core';
import type { Socket } from 'node:net';
import { peek, type Inspection } from '../peek.ts';
import { HandshakeError } from './handshake-error.ts';
import { Handshaker } from './handshaker.ts';
import { keyOfTicket, type SessionKey, type SessionKeys } from './session-keys.ts';
import type { OcspStaples } from './ocsp-staples.ts';
import type { ResolvedTlsContexts } from './tls-contexts-options.ts';

const recordHeaderBytes = 5;
const handshakeRecord = 22;
/** A hello is one record; one that is cut into several loses its session. */
const maxHelloBytes = recordHeaderBytes + 2 ** 14;

/** What makes handshakes with one set of options: one for each key. */
export class HandshakerChoice {
  readonly #settings: ResolvedTlsContexts;
  readonly #keys: SessionKeys;
  readonly #staples: OcspStaples | undefined;
  readonly #older = new Map<SessionKey, Handshaker>();
  #current: Handshaker;
  #currentKey: SessionKey;

  constructor(settings: ResolvedTlsContexts, keys: SessionKeys, staples: OcspStaples | undefined) {
    this.#settings = settings;
    this.#staples = staples;
    this.#keys = keys;
    this.#currentKey = keys.current;
    this.#current = new Handshaker(settings, keys.current, staples);
  }

  /**
   * While there are older keys, reads a connection's ClientHello and puts it back; otherwise there is no choice.
   *
   * Rejects like `peek`, and with a `HandshakeError` when nothing comes in time.
   */
  choose(socket: Socket, cancellation: Cancellation): Handshaker | Promise<Handshaker> {
    if (this.#keys.current !== this.#currentKey) this.#rotate();
    const older = this.#keys.older(this.#settings.clock.now());
    if (older.length > 0) return this.#chooseByTicket(socket, cancellation, older);
    this.#older.clear();
    return this.#current;
  }

  #rotate(): void {
    this.#older.set(this.#currentKey, this.#current);
    this.#currentKey = this.#keys.current;
    this.#current =
      this.#older.get(this.#currentKey) ?? new Handshaker(this.#settings, this.#currentKey, this.#staples);
  }

  async #chooseByTicket(socket: Socket, cancellation: Cancellation, older: readonly SessionKey[]): Promise<Handshaker> {
    const { clock, handshakeTimeoutMs } = this.#settings;
    const key = await readSessionKey(socket, cancellation, older, handshakeTimeoutMs, clock);
    return key === undefined ? this.#current : this.#olderHandshaker(key);
  }

  #olderHandshaker(key: SessionKey): Handshaker {
    let handshaker = this.#older.get(key);
    if (handshaker === undefined)
      this.#older.set(key, (handshaker = new Handshaker(this.#settings, key, this.#staples)));
    return handshaker;
  }
}

async function readSessionKey(
  socket: Socket,
  cancellation: Cancellation,
  keys: readonly SessionKey[],
  timeoutMs: number,
  clock: Clock,
): Promise<SessionKey | undefined> {
  const inspect = (bytes: Buffer): Inspection<SessionKey | undefined> | undefined =>
    isWhole(bytes) ? { value: keyOfTicket(bytes, keys), consume: 0 } : undefined;
  const peeked = await peek(socket, { inspect, maxBytes: maxHelloBytes, timeoutMs, cancellation, clock });
  if (peeked.ended === 'timeout') throw new HandshakeError('late', `did not begin within ${timeoutMs} ms`);
  // Whatever else came, OpenSSL knows what to say to it.
  return peeked.value;
}

/** Whether the first record is there, or something that is none. */
function isWhole(bytes: Buffer): boolean {
  if (bytes[0] !== handshakeRecord) return true;
  return bytes.length >= recordHeaderBytes && bytes.length >= recordHeaderBytes + bytes.readUInt16BE(3);
}
