// A body as a web stream, for responses that leave through `fetch`. The data path itself never needs it.
import type { Clock } from '@sluice/core';
import { httpError } from '../errors.ts';
import { PhaseTimer } from '../wire/phase-timer.ts';
import type { Body } from './body.ts';

/** How many bytes wait for a slow reader. */
const waitingBytes = 64 * 1024;

/** What the flow of a body into a web stream depends on. */
export interface WebStreamOptions {
  readonly clock: Clock;
  /** How long the reader may take nothing of what is there for it, in milliseconds. */
  readonly idleMs: number;
  /** Hears once how it ended: `undefined` when all was read, otherwise what the reader was told, or gave as its reason. */
  readonly onOver: (error: unknown) => void;
}

/**
 * Turns a body into a web stream of bytes. It flows at once, as far as the stream has room, so that an endpoint is not kept by a response that
 * nobody reads for longer than `idleMs`. Trailers are dropped: the web's streams have none.
 */
export function webStream(body: Body, { clock, idleMs, onOver }: WebStreamOptions): ReadableStream<Uint8Array> {
  let flushed: (() => void) | undefined;
  const over = (error: unknown): void => {
    stall.close();
    onOver(error);
  };
  const fail = (controller: ReadableByteStreamController, error: unknown): void => {
    controller.error(error);
    over(error);
  };
  let onStall = (): void => {};
  const stall = new PhaseTimer(clock, () => onStall());
  return new ReadableStream(
    {
      type: 'bytes',
      start(controller) {
        onStall = () => {
          const error = httpError('SLUICE_REQUEST_TIMEOUT', `nobody read anything of the response within ${idleMs} ms`);
          body.cancel(error);
          fail(controller, error);
        };
        body.pipe({
          write: (chunk, onFlushed) => {
            // A stream of bytes takes the memory of what it is given, and the view belongs to the source: hence the copy.
            controller.enqueue(Uint8Array.from(chunk));
            if ((controller.desiredSize ?? 0) > 0) return true;
            flushed = onFlushed;
            stall.arm(idleMs);
            return false;
          },
          end: () => {
            controller.close();
            // A reader that waits with a buffer of its own is answered only now.
            controller.byobRequest?.respond(0);
            over(undefined);
          },
          fail: (error) => fail(controller, error),
        });
      },
      pull() {
        const goOn = flushed;
        if (goOn === undefined) return;
        flushed = undefined;
        stall.disarm();
        queueMicrotask(goOn);
      },
      cancel(reason) {
        body.cancel(reason);
        over(reason ?? httpError('SLUICE_CLIENT_ABORTED', 'the reader of the response has cancelled it'));
      },
    },
    { highWaterMark: waitingBytes },
  );
}
