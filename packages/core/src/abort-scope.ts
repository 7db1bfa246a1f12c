// One cancellation scope per unit of work. Cheaper than AbortController, whose signal is made only when somebody asks for it.
import { callListener } from './call-listener.ts';

/** What can be cancelled, as seen by those who work in it. */
export interface AbortScope {
  /** Whether it was cancelled. */
  readonly aborted: boolean;
  /** Why; `undefined` until then. */
  readonly reason: unknown;
  /**
   * Calls `listener` once when the scope is aborted; at once, synchronously, when it is already. What it throws becomes a process warning.
   *
   * @returns a function that takes the listener off
   */
  onAbort(listener: (reason: unknown) => void): () => void;
  /** The same scope as a platform signal. Made on first use. */
  readonly signal: AbortSignal;
}

/** A scope, as seen by its owner. */
export interface OwnedAbortScope extends AbortScope {
  /** Cancels everything in the scope. The first call counts. */
  abort(reason: unknown): void;
  /** Ends the scope in good order: forgets its listeners and leaves its parent; `abort` does nothing afterwards. */
  close(): void;
}

/** Whatever a function that can be cancelled accepts. */
export type Cancellation = AbortScope | AbortSignal;

const ignore = (): void => {};

class Scope implements OwnedAbortScope {
  aborted = false;
  reason: unknown = undefined;
  #closed = false;
  #listeners: ((reason: unknown) => void)[] | undefined;
  #controller: AbortController | undefined;
  #leaveParent: () => void = ignore;

  follow(parent: Cancellation): void {
    this.#leaveParent = onCancel(parent, (reason) => this.abort(reason));
  }

  onAbort(listener: (reason: unknown) => void): () => void {
    if (this.aborted) {
      callListener(listener, this.reason, 'an abort');
      return ignore;
    }
    if (this.#closed) return ignore;
    (this.#listeners ??= []).push(listener);
    return () => this.#takeOff(listener);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.aborted) this.#controller.abort(this.reason);
    }
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    if (this.aborted || this.#closed) return;
    this.aborted = true;
    this.reason = reason;
    this.#leaveParent();
    // Not shortened meanwhile: see #takeOff.
    for (const listener of this.#listeners ?? []) callListener(listener, reason, 'an abort');
    this.#listeners = undefined;
    this.#controller?.abort(reason);
  }

  close(): void {
    this.#closed = true;
    this.#listeners = undefined;
    this.#leaveParent();
  }

  #takeOff(listener: (reason: unknown) => void): void {
    const index = this.#listeners?.indexOf(listener) ?? -1;
    if (index < 0) return;
    if (this.aborted) this.#listeners?.splice(index, 1, ignore);
    else this.#listeners?.splice(index, 1);
  }
}

/** Makes a scope, which is aborted with its parent if there is one. */
export function createAbortScope(parent?: Cancellation): OwnedAbortScope {
  const scope = new Scope();
  if (parent !== undefined) scope.follow(parent);
  return scope;
}

/**
 * `onAbort` for either kind of cancellation.
 *
 * @returns a function that takes the listener off
 */
export function onCancel(cancellation: Cancellation, listener: (reason: unknown) => void): () => void {
  if (!(cancellation instanceof AbortSignal)) return cancellation.onAbort(listener);
  if (cancellation.aborted) {
    callListener(listener, cancellation.reason, 'an abort');
    return ignore;
  }
  const onAbort = (): void => callListener(listener, cancellation.reason, 'an abort');
  cancellation.addEventListener('abort', onAbort, { once: true });
  return () => cancellation.removeEventListener('abort', onAbort);
}
