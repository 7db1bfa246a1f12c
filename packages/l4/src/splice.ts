// Joins two byte streams both ways until they are over, within an idle timeout. The joining is splice-pair.ts.
import {
  onCancel,
  readClock,
  resolveOptions,
  systemClock,
  type Cancellation,
  type Clock,
  type ProxyError,
} from '@sluice/core';
import type { Duplex } from 'node:stream';
import { l4Error } from './errors.ts';
import { SplicePair, type SpliceResult } from './splice-pair.ts';

/** What `splice` takes besides the two streams. */
export interface SpliceOptions {
  /** The most time in which no byte moves in either direction, in milliseconds. `false`: no limit. @defaultValue 600000 */
  readonly idleTimeoutMs?: number | false;
  /** Cuts both sides. */
  readonly cancellation?: Cancellation | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** The defaults of `SpliceOptions`. The idle timeout is that of nginx's `proxy_timeout`. */
export const spliceDefaults: { readonly idleTimeoutMs: number } = Object.freeze({ idleTimeoutMs: 600_000 });

/**
 * Sends everything that comes from one stream to the other, both ways, until both have ended or something goes wrong.
 *
 * At most the two streams' own buffers are held. An end is passed on as an end: the other direction stays open (`allowHalfOpen` is set on
 * both). An error or a cancellation cuts both sides at once; a plain TCP socket is reset, so that its peer cannot take what it got
 * for the whole. Bytes that were put back with `unshift()` go first. A stream must emit `'data'` (a socket dialled with `onRead` does not)
 * and, once destroyed, `'close'`.
 *
 * @returns when both streams are closed and no listener of the splice is left on them. Never throws and never rejects: wrong options and
 * streams that were destroyed before are results too.
 */
export function splice(downstream: Duplex, upstream: Duplex, options: SpliceOptions = {}): Promise<SpliceResult> {
  return new Promise((resolve) => {
    const { clock, idleTimeoutMs, problem } = readOptions(options);
    const pair = new SplicePair(downstream, upstream, undefined, {
      nowMs: () => clock.now(),
      onClosed: (result) => {
        idleTimer.cancel();
        forgetCancellation();
        resolve(result);
      },
    });
    // One timer for the whole splice: a chunk only notes the time, and the timer looks at the note when it fires.
    const checkIdle = (): void => {
      const restMs = pair.lastActivityMs + idleTimeoutMs - clock.now();
      if (restMs > 0) idleTimer = clock.setTimer(checkIdle, restMs);
      else pair.settle({ ended: 'idle-timeout', error: idleTimeout(idleTimeoutMs) });
    };
    let idleTimer = clock.setTimer(checkIdle, idleTimeoutMs);
    let forgetCancellation = (): void => {};
    if (problem !== undefined) return pair.settle({ ended: 'error', error: problem });
    pair.start();
    if (options.cancellation === undefined) return;
    forgetCancellation = onCancel(options.cancellation, (reason) =>
      pair.settle(reason instanceof Error ? { ended: 'cancelled', error: reason } : { ended: 'cancelled' }),
    );
  });
}

/** What a splice says of itself when nothing has moved for too long. */
export function idleTimeout(idleTimeoutMs: number): ProxyError {
  return l4Error('SLUICE_IDLE_TIMEOUT', `no byte moved in either direction for ${idleTimeoutMs} ms`);
}

interface ReadOptions {
  readonly clock: Clock;
  readonly idleTimeoutMs: number;
  /** What is wrong with the options. */
  readonly problem?: Error;
}

function readOptions(options: SpliceOptions): ReadOptions {
  try {
    return resolveOptions(options, 'splice', (reader) => {
      reader.raw('cancellation');
      return {
        clock: readClock(reader),
        idleTimeoutMs: reader.milliseconds('idleTimeoutMs', { default: spliceDefaults.idleTimeoutMs, min: 1 }),
      };
    });
  } catch (error) {
    return { clock: systemClock, idleTimeoutMs: Infinity, problem: error as Error };
  }
}
