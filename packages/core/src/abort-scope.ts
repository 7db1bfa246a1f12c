// One cancellation scope per unit of work. Cheaper than AbortController, whose signal is made only when somebody asks for it.

/** What can be cancelled, as seen by those who work in it. */
export interface AbortScope {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** Calls `listener` once when the scope is aborted, at once when it is already. @returns a function that takes the listener off */
  onAbort(listener: (reason: unknown) => void): () => void;
  /** The same scope as a platform signal. Made on first use. */
  readonly signal: AbortSignal;
}

/** A scope, as seen by its owner. */
export interface OwnedAbortScope extends AbortScope {
  /** Cancels everything in the scope. The first call counts. */
  abort(reason: unknown): void;
  /** Ends the scope in good order: forgets its listeners; `abort` does nothing afterwards. */
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
  #detach: () => void = ignore;

  follow(parent: Cancellation): void {
    this.#detach = onCancel(parent, (reason) => this.abort(reason));
  }

  onAbort(listener: (reason: unknown) => void): () => void {
    if (this.aborted) {
      listener(this.reason);
      return ignore;
    }
    if (this.#closed) return ignore;
    (this.#listeners ??= []).push(listener);
    return () => {
      const index = this.#listeners?.indexOf(listener) ?? -1;
      if (index >= 0) this.#listeners?.splice(index, 1);
    };
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
    this.#detach();
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) listener(reason);
    this.#controller?.abort(reason);
  }

  close(): void {
    this.#closed = true;
    this.#listeners = undefined;
    this.#detach();
  }
}

/** Makes a scope, which is aborted with its parent if there is one. */
export function createAbortScope(parent?: Cancellation): OwnedAbortScope {
  const scope = new Scope();
  if (parent !== undefined) scope.follow(parent);
  return scope;
}

/** `onAbort` for either kind of cancellation. @returns a function that takes the listener off */
export function onCancel(cancellation: Cancellation, listener: (reason: unknown) => void): () => void {
  if (!(cancellation instanceof AbortSignal)) return cancellation.onAbort(listener);
  if (cancellation.aborted) {
    listener(cancellation.reason);
    return ignore;
  }
  const onAbort = (): void => listener(cancellation.reason);
  cancellation.addEventListener('abort', onAbort, { once: true });
  return () => cancellation.removeEventListener('abort', onAbort);
}
