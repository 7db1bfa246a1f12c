// What every error of Sluice is: one class, four facts, and one table of codes per package. Core's own codes are here.

/** Whose fault an error is. */
export type ErrorSource = 'downstream' | 'upstream' | 'proxy';

/** Where on the path it happened. */
export type ErrorStage = 'options' | 'acquire' | 'connect' | 'request' | 'response' | 'upgrade' | 'shutdown';

/** Whether the work may be repeated. `safe`: nothing reached the endpoint. */
export type RetrySafety = 'safe' | 'if-idempotent' | 'never';

/** The facts that go with a code. */
export interface ErrorFacts {
  readonly source: ErrorSource;
  readonly stage: ErrorStage;
  readonly retry: RetrySafety;
}

const brand: symbol = Symbol.for('sluice.ProxyError');

/** The one error class of Sluice. Match on `code`; the message is for logs, `cause` keeps the original error. */
export class ProxyError extends Error {
  /** Stable and documented, such as `SLUICE_CONNECT_TIMEOUT`. */
  readonly code: string;
  readonly source: ErrorSource;
  readonly stage: ErrorStage;
  readonly retry: RetrySafety;

  constructor(code: string, facts: ErrorFacts, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'ProxyError';
    this.code = code;
    this.source = facts.source;
    this.stage = facts.stage;
    this.retry = facts.retry;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** Whether a value is a `ProxyError`, also one of another copy of this library. */
export function isProxyError(value: unknown): value is ProxyError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}

/** The codes of `@sluice/core`. */
export const coreErrors: Readonly<
  Record<
    | 'SLUICE_OPTIONS_INVALID'
    | 'SLUICE_NO_ENDPOINT'
    | 'SLUICE_QUEUE_FULL'
    | 'SLUICE_QUEUE_TIMEOUT'
    | 'SLUICE_SHUTTING_DOWN',
    ErrorFacts
  >
> = Object.freeze({
  SLUICE_OPTIONS_INVALID: { source: 'proxy', stage: 'options', retry: 'never' },
  SLUICE_NO_ENDPOINT: { source: 'proxy', stage: 'acquire', retry: 'never' },
  SLUICE_QUEUE_FULL: { source: 'proxy', stage: 'acquire', retry: 'never' },
  SLUICE_QUEUE_TIMEOUT: { source: 'proxy', stage: 'acquire', retry: 'never' },
  SLUICE_SHUTTING_DOWN: { source: 'proxy', stage: 'shutdown', retry: 'never' },
});

/** Makes errors of one table: the code decides the facts. */
export type ErrorFactory<Code extends string> = (
  code: Code,
  message: string,
  options?: { readonly cause?: unknown; readonly retry?: RetrySafety },
) => ProxyError;

/** Turns a package's table of codes into its error factory. */
export function defineErrors<Table extends Readonly<Record<string, ErrorFacts>>>(
  table: Table,
): ErrorFactory<keyof Table & string> {
  return (code, message, options) => {
    const facts = table[code] as ErrorFacts;
    const cause = options?.cause === undefined ? undefined : { cause: options.cause };
    return new ProxyError(
      code,
      options?.retry === undefined ? facts : { ...facts, retry: options.retry },
      message,
      cause,
    );
  };
}

/** Makes an error of core's table. */
export const coreError: ErrorFactory<keyof typeof coreErrors> = defineErrors(coreErrors);
