// What a message body is on the data path: bytes that are pushed once, with explicit flow control and buffer ownership.
// No stream object lives here; body-stream.ts and stream-body.ts convert for those who want one.
import type { ProxyError } from '@sluice/core';
import type { HeaderList } from '../headers/header-list.ts';

/**
 * Receives a body's bytes.
 *
 * A source calls `write` any number of times, then exactly one of `end` and `fail`, and nothing after that.
 */
export interface BodySink {
  /**
   * Takes the next bytes.
   *
   * @param chunk - A view that belongs to the source; the sink may read it and hand it to the kernel, never change it.
   * @param flushed - Called once and never synchronously, and only when `write` returned `false`.
   * @returns `true` when the bytes were taken (copied, or with the kernel): the source may reuse their memory and go on.
   * `false` when the sink still needs the view: the source leaves its memory alone and sends nothing until `flushed` runs.
   */
  write(chunk: Uint8Array, flushed: () => void): boolean;
  /** The body is complete. `trailers` are the fields that came behind it, if any. */
  end(trailers: HeaderList | undefined): void;
  /** The body will never be complete; what was written so far must not be passed off as whole. */
  fail(error: ProxyError): void;
}

/** A message body that flows at most once. */
export interface Body {
  /** Its length in bytes when that is known before it starts; `0` means no body; `undefined` means until its end. */
  readonly size: number | undefined;
  /** Whether `pipe` or `cancel` was called: such a body can not be sent again. */
  readonly started: boolean;
  /**
   * Starts the flow into `sink`, which may be called before `pipe` returns.
   *
   * @throws Error when the body has started before: that is a bug in the caller.
   */
  pipe(sink: BodySink): void;
  /** Gives the body up, before it flows or while it does; the sink hears nothing more. Calling it again does nothing. */
  cancel(reason: unknown): void;
}

/** The body of a message that has none. It holds no state, so one serves all. */
export const emptyBody: Body = Object.freeze({
  size: 0,
  started: false,
  pipe(sink: BodySink): void {
    sink.end(undefined);
  },
  cancel(): void {},
});
