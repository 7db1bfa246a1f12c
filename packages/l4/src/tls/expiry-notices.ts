// Looks at the age of certificates from time to time, and tells before they expire.
import type { Clock, Timer } from '@sluice/core';
import type { CertificateInfo } from './server-certificate.ts';

const lookEveryMs = 12 * 3_600_000;

/** What the notices are about. */
export interface ExpiryNoticesHome {
  readonly clock: Clock;
  readonly noticeMs: () => number;
  readonly certificates: () => readonly CertificateInfo[];
  readonly onNoticed: (certificate: CertificateInfo) => void;
}

/** The notices of one `TlsContexts`. */
export class ExpiryNotices {
  readonly #home: ExpiryNoticesHome;
  readonly #timer: Timer;
  #isClosed = false;

  constructor(home: ExpiryNoticesHome) {
    this.#home = home;
    this.#timer = home.clock.setTimer(() => {
      this.#look();
      this.#timer.refresh();
    }, lookEveryMs);
    this.lookSoon();
  }

  /** Looks when those that have just made the contexts had time to listen. */
  lookSoon(): void {
    queueMicrotask(() => this.#look());
  }

  close(): void {
    this.#isClosed = true;
    this.#timer.cancel();
  }

  #look(): void {
    if (this.#isClosed) return;
    const { clock, noticeMs, certificates, onNoticed } = this.#home;
    if (noticeMs() === Infinity) return;
    const untilMs = clock.wallTimeMs() + noticeMs();
    for (const certificate of certificates()) if (certificate.validToMs <= untilMs) onNoticed(certificate);
  }
}
