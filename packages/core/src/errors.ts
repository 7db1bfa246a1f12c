// What every error of Sluice is: one class, four facts, and one table of codes per package. Core's own codes are here.

/** Whose fault an error is: the client's side, the endpoint's side, or our own. */
export type ErrorSource = 'downstream' | 'upstream' | 'proxy';

/** Where on the path it happened. */
export type ErrorStage = 'options' | 'accept' | 'acquire' | 'connect' | 'request' | 'response' | 'upgrade' | 'shutdown';

/** Whether the work may be repeated. `safe`: nothing reached the endpoint. */
export type RetrySafety = 'safe' | 'if-idempotent' | 'never';

/** The facts that go with a code. */
export interface ErrorFacts {
  /** Whose fault it is. Only `upstream` counts against an endpoint's health. */
  readonly source: ErrorSource;
  /** Where on the path it happened. */
  readonly stage: ErrorStage;
  /** Whether the work may be repeated elsewhere. */
  readonly retry: RetrySafety;
}

/** What an error keeps besides its message. */
export interface ErrorDetails {
  /** The error behind this one. Logged, never sent to a client. */
  readonly cause?: unknown;
  /** Overrides what the table says, when this occurrence is known to be safer or less safe. */
  readonly retry?: RetrySafety;
  /** When it is worth another try, in milliseconds from now, where that is known. */
  readonly retryAfterMs?: number | undefined;
}

const brand: symbol = Symbol.for('sluice.ProxyError');

/** The one error class of Sluice. Match on `code`; the message is for logs, `cause` keeps the original error. */
export class ProxyError extends Error implements ErrorFacts {
  /** Stable and documented, such as `SLUICE_CONNECT_TIMEOUT`. */
  readonly code: string;
  /** Whose fault it is. */
  readonly source: ErrorSource;
  /** Where on the path it happened. */
  readonly stage: ErrorStage;
  /** Whether the work may be repeated elsewhere. */
  readonly retry: RetrySafety;
  /** When it is worth another try, in milliseconds from then, where that is known. */
  readonly retryAfterMs: number | undefined;

  static {
    // On the prototype, so that making an error stays cheap and printing one stays short.
    Object.defineProperty(this.prototype, brand, { value: true });
  }

  /** Makes an error from its facts; packages make theirs with `defineErrors`. */
  constructor(
    code: string,
    facts: ErrorFacts,
    message: string,
    options?: Pick<ErrorDetails, 'cause' | 'retryAfterMs'>,
  ) {
    super(message, options);
    this.name = 'ProxyError';
    this.code = code;
    this.source = facts.source;
    this.stage = facts.stage;
    this.retry = facts.retry;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** Whether a value is a `ProxyError`, also one of another copy of this library. */
export function isProxyError(value: unknown): value is ProxyError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
}

function freeze(source: ErrorSource, stage: ErrorStage, retry: RetrySafety): ErrorFacts {
  return Object.freeze({ source, stage, retry });
}

/** A code of `@sluice/core`. */
export type CoreErrorCode =
  | 'SLUICE_OPTIONS_INVALID'
  | 'SLUICE_NO_ENDPOINT'
  | 'SLUICE_QUEUE_FULL'
  | 'SLUICE_QUEUE_TIMEOUT'
  | 'SLUICE_CIRCUIT_OPEN'
  | 'SLUICE_PROBE_TIMEOUT'
  | 'SLUICE_DISCOVERY_FAILED'
  | 'SLUICE_SHUTTING_DOWN';

/** The codes of `@sluice/core` with their facts. Every code of every package is explained in docs/errors.md. */
export const coreErrors: Readonly<Record<CoreErrorCode, ErrorFacts>> = Object.freeze({
  SLUICE_OPTIONS_INVALID: freeze('proxy', 'options', 'never'),
  SLUICE_NO_ENDPOINT: freeze('proxy', 'acquire', 'never'),
  SLUICE_QUEUE_FULL: freeze('proxy', 'acquire', 'never'),
  SLUICE_QUEUE_TIMEOUT: freeze('proxy', 'acquire', 'never'),
  SLUICE_CIRCUIT_OPEN: freeze('proxy', 'acquire', 'never'),
  SLUICE_PROBE_TIMEOUT: freeze('upstream', 'response', 'safe'),
  SLUICE_DISCOVERY_FAILED: freeze('proxy', 'acquire', 'never'),
  SLUICE_SHUTTING_DOWN: freeze('proxy', 'shutdown', 'never'),
});

/** Makes errors of one table: the code decides the facts. */
export type ErrorFactory<Code extends string> = (code: Code, message: string, details?: ErrorDetails) => ProxyError;

/** Turns a package's table of codes into its error factory. */
export function defineErrors<Table extends Readonly<Record<string, ErrorFacts>>>(
  table: Table,
): ErrorFactory<keyof Table & string> {
  return (code, message, details = {}) => {
    const known = table[code] as ErrorFacts;
    return new ProxyError(
      code,
      details.retry === undefined ? known : { ...known, retry: details.retry },
      message,
      details,
    );
  };
}

/** Makes an error of core's table. */
export const coreError: ErrorFactory<CoreErrorCode> = defineErrors(coreErrors);
