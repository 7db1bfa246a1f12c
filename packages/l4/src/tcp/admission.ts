// Who may connect, and how many: address lists, limits, the rate. Decides by numbers and addresses alone; the sockets are others'.
import type { Clock, ProxyError } from '@sluice/core';
import type { AddressList } from '../address-list.ts';
import { createClientCounts, type ClientCounts } from '../client-counts.ts';
import { l4Error, type L4ErrorCode } from '../errors.ts';
import type { ResolvedTcpLimits } from './tcp-limits.ts';

/** What admission depends on. */
export interface AdmissionRules {
  /** Who may connect; `undefined` is everybody. */
  readonly allow: AddressList | undefined;
  /** Who may not; goes before `allow`. */
  readonly deny: AddressList | undefined;
  readonly limits: ResolvedTcpLimits;
}

/** Why a connection is not let in. */
export type AdmissionErrorCode = Extract<
  L4ErrorCode,
  'SLUICE_CLIENT_DENIED' | 'SLUICE_CONNECTIONS_FULL' | 'SLUICE_CONNECTIONS_PER_ADDRESS' | 'SLUICE_ACCEPT_RATE'
>;

const reasons: Readonly<Record<AdmissionErrorCode, string>> = {
  SLUICE_CLIENT_DENIED: 'may not connect',
  SLUICE_CONNECTIONS_FULL: 'came when maxConnections were open',
  SLUICE_CONNECTIONS_PER_ADDRESS: 'has maxConnectionsPerAddress open',
  SLUICE_ACCEPT_RATE: 'came when maxAcceptsPerSecond had come within a second',
};

/** The refusal of a client. */
export function admissionError(code: AdmissionErrorCode, address: string): ProxyError {
  return l4Error(code, `${address === '' ? 'a client' : address} ${reasons[code]}`);
}

/** Counts who is in, and says who may come in. */
export class Admission {
  readonly #rules: AdmissionRules;
  readonly #clock: Clock;
  readonly #counts: ClientCounts;
  #open = 0;
  /** How many may come at this moment: a bucket that fills at the rate. */
  #credit: number;
  #creditAtMs = 0;

  constructor(rules: AdmissionRules, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
    this.#counts = createClientCounts(rules.limits.maxConnectionsPerAddress);
    this.#credit = rules.limits.maxAcceptsPerSecond;
  }

  /**
   * Lets a connection in, or says why not. One that is in must leave.
   *
   * @param isSpokenFor - Whether the address is a proxy's that will tell another one: it is not counted as a client's.
   */
  enter(address: string, isSpokenFor: boolean): AdmissionErrorCode | undefined {
    const { allow, deny, limits } = this.#rules;
    if (deny?.has(address) === true || allow?.has(address) === false) return 'SLUICE_CLIENT_DENIED';
    if (this.#open >= limits.maxConnections) return 'SLUICE_CONNECTIONS_FULL';
    if (!this.#spendCredit()) return 'SLUICE_ACCEPT_RATE';
    const refusal = isSpokenFor ? undefined : this.count(address);
    if (refusal === undefined) this.#open++;
    return refusal;
  }

  /** @param countedAs - The address that it is counted as, if it is. */
  leave(countedAs: string | undefined): void {
    this.#open--;
    if (countedAs !== undefined) this.uncount(countedAs);
  }

  /** Counts a connection as that client's, or says why that must not be. */
  count(address: string): AdmissionErrorCode | undefined {
    if (this.#rules.deny?.has(address) === true) return 'SLUICE_CLIENT_DENIED';
    return this.#counts.enter(address) ? undefined : 'SLUICE_CONNECTIONS_PER_ADDRESS';
  }

  uncount(address: string): void {
    this.#counts.leave(address);
  }

  #spendCredit(): boolean {
    const { maxAcceptsPerSecond } = this.#rules.limits;
    if (maxAcceptsPerSecond === Infinity) return true;
    const nowMs = this.#clock.now();
    const earned = ((nowMs - this.#creditAtMs) * maxAcceptsPerSecond) / 1_000;
    this.#credit = Math.min(maxAcceptsPerSecond, this.#credit + earned);
    this.#creditAtMs = nowMs;
    if (this.#credit < 1) return false;
    this.#credit--;
    return true;
  }
}
