// Keeps the OCSP response of each certificate for clients that ask for it: fetched by a function of the user's, refreshed before it expires.
import type { Clock } from '@sluice/core';
import { X509Certificate } from 'node:crypto';
import { readOcspResponse } from './ocsp-response.ts';

/** What is asked for. */
export interface OcspRequest {
  /** Our certificate. Where its responder is stands in `infoAccess`. */
  readonly certificate: X509Certificate;
  /** The certificate of who signed it, if that is in the chain. */
  readonly issuer: X509Certificate | undefined;
}

/** Fetches the OCSP response for a certificate, in DER form; `undefined`: there is none for it. */
export type FetchOcspStaple = (request: OcspRequest) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

const maxCertificates = 1_000;
const minuteMs = 60_000;
/** A handshake waits no longer: most clients do without. */
const longestWaitMs = 2_000;
/** How long a response without `nextUpdate` is good for, in minutes. */
const undatedMinutes = 60;

interface Staple {
  readonly request: OcspRequest;
  response: Buffer | undefined;
  refreshMs: number;
  expiresMs: number;
  pending: Promise<void> | undefined;
}

/** Who gets to know what comes and goes wrong. */
export interface OcspStaplesHome {
  readonly fetch: FetchOcspStaple;
  readonly clock: Clock;
  readonly onFailed: (certificate: X509Certificate, error: unknown) => void;
}

/** The staples of one function. */
export class OcspStaples {
  readonly #home: OcspStaplesHome;
  readonly #staples = new Map<string, Staple>();

  constructor(home: OcspStaplesHome) {
    this.#home = home;
  }

  /** Finds the response for a certificate: at once when there is one, after a short wait when it must be fetched first. */
  find(certificate: Buffer, issuer: Buffer | null): Buffer | undefined | Promise<Buffer | undefined> {
    const staple = this.#stapleOf(certificate, issuer);
    const nowMs = this.#home.clock.wallTimeMs();
    const isGood = staple.response !== undefined && nowMs < staple.expiresMs;
    const response = isGood ? staple.response : undefined;
    if (nowMs < staple.refreshMs) return response;
    const pending = (staple.pending ??= this.#refresh(staple).finally(() => (staple.pending = undefined)));
    return response ?? this.#wait(pending, staple);
  }

  #stapleOf(certificate: Buffer, issuer: Buffer | null): Staple {
    const key = certificate.toString('latin1');
    let staple = this.#staples.get(key);
    if (staple !== undefined) return staple;
    const request = {
      certificate: new X509Certificate(certificate),
      issuer: issuer === null ? undefined : new X509Certificate(issuer),
    };
    staple = { request, response: undefined, refreshMs: 0, expiresMs: 0, pending: undefined };
    this.#staples.set(key, staple);
    if (this.#staples.size > maxCertificates) {
      for (const oldest of this.#staples.keys()) {
        this.#staples.delete(oldest);
        break;
      }
    }
    return staple;
  }

  async #refresh(staple: Staple): Promise<void> {
    const { fetch, clock, onFailed } = this.#home;
    try {
      const fetched = await fetch(staple.request);
      const nowMs = clock.wallTimeMs();
      staple.refreshMs = nowMs + undatedMinutes * minuteMs;
      if (fetched !== undefined) adopt(staple, fetched, nowMs);
    } catch (error) {
      staple.refreshMs = clock.wallTimeMs() + minuteMs;
      onFailed(staple.request.certificate, error);
    }
  }

  async #wait(pending: Promise<void>, staple: Staple): Promise<Buffer | undefined> {
    await new Promise<void>((resolve) => {
      const timer = this.#home.clock.setTimer(resolve, longestWaitMs);
      void pending.then(() => {
        timer.cancel();
        resolve();
      });
    });
    return this.#home.clock.wallTimeMs() < staple.expiresMs ? staple.response : undefined;
  }
}

/** Takes a response when it is a good one for this certificate; a client that gets another one closes the connection. */
function adopt(staple: Staple, fetched: Uint8Array, nowMs: number): void {
  const { serialNumber, status, thisUpdateMs, nextUpdateMs } = readOcspResponse(fetched);
  if (serialNumber !== staple.request.certificate.serialNumber)
    throw new Error('the OCSP response is for another certificate');
  if (status !== 'good') throw new Error(`the OCSP response says that the certificate is ${status}`);
  if (nextUpdateMs !== undefined && nextUpdateMs <= nowMs) throw new Error('the OCSP response has expired');
  staple.response = Buffer.from(fetched);
  staple.expiresMs = nextUpdateMs ?? nowMs + 2 * undatedMinutes * minuteMs;
  // At half of its time, so that a responder may be down for a while.
  if (nextUpdateMs !== undefined) {
    staple.refreshMs = Math.max(nowMs + minuteMs, (Math.max(thisUpdateMs, nowMs) + nextUpdateMs) / 2);
  }
}
