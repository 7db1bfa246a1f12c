// Ctrl-C and its like: the first one asks for an orderly end, the second one gets an end at once.

const signals = { SIGINT: 130, SIGTERM: 143 } as const;

export interface StopSignal {
  /** Resolves when the end was asked for. */
  readonly requested: Promise<void>;
  /** Asks for it, as Ctrl-C does. */
  readonly request: () => void;
}

/** Takes over SIGINT and SIGTERM for the rest of the process. */
export function watchStopSignals(): StopSignal {
  let onRequest: (() => void) | undefined;
  const requested = new Promise<void>((resolve) => (onRequest = resolve));
  const request = (exitCode: number): void => {
    if (onRequest === undefined) process.exit(exitCode);
    onRequest();
    onRequest = undefined;
  };
  for (const [signal, exitCode] of Object.entries(signals)) process.on(signal, () => request(exitCode));
  return { requested, request: () => request(signals.SIGINT) };
}
