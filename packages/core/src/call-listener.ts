// Calls a function of somebody else from the data path, which its errors must not break: they become process warnings.

/** Calls `listener`; what it throws, or rejects with, is reported as a process warning with the code `SLUICE_LISTENER_THREW`. */
export function callListener<Value>(listener: (value: Value) => unknown, value: Value, what: string): void {
  try {
    const result = listener(value);
    if (result instanceof Promise) result.catch((error: unknown) => warn(what, error));
  } catch (error) {
    warn(what, error);
  }
}

function warn(what: string, error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`a listener of ${what} threw`, { code: 'SLUICE_LISTENER_THREW', detail });
}
