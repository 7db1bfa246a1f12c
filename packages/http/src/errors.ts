// Every error code of the HTTP layer, with its four facts. How a code becomes an answer is error-answer.ts.
import {
  defineErrors,
  type ErrorFactory,
  type ErrorFacts,
  type ErrorSource,
  type ErrorStage,
  type RetrySafety,
} from '@sluice/core';

function facts(source: ErrorSource, stage: ErrorStage, retry: RetrySafety): ErrorFacts {
  return Object.freeze({ source, stage, retry });
}

/** A code of `@sluice/http`. */
export type HttpErrorCode =
  | 'SLUICE_FRAMING_INVALID'
  | 'SLUICE_TARGET_INVALID'
  | 'SLUICE_TARGET_TOO_LONG'
  | 'SLUICE_VERSION_UNSUPPORTED'
  | 'SLUICE_CONNECT_DISABLED'
  | 'SLUICE_CONNECT_DENIED'
  | 'SLUICE_HEADERS_TOO_LARGE'
  | 'SLUICE_BODY_TOO_LARGE'
  | 'SLUICE_BODY_ALREADY_READ'
  | 'SLUICE_REQUEST_TIMEOUT'
  | 'SLUICE_CLIENT_ABORTED'
  | 'SLUICE_LOOP_DETECTED'
  | 'SLUICE_SEND_FAILED'
  | 'SLUICE_RESPONSE_TIMEOUT'
  | 'SLUICE_RESPONSE_INVALID'
  | 'SLUICE_STATUS_REFUSED'
  | 'SLUICE_ATTEMPT_OVERTAKEN'
  | 'SLUICE_RESPONSE_CUT'
  | 'SLUICE_RESPONSE_STALLED'
  | 'SLUICE_TOTAL_TIMEOUT'
  | 'SLUICE_DEADLINE_INVALID'
  | 'SLUICE_DEADLINE_PASSED'
  | 'SLUICE_INTERNAL';

/** The error codes of `@sluice/http`. */
export const httpErrors: Readonly<Record<HttpErrorCode, ErrorFacts>> = Object.freeze({
  SLUICE_FRAMING_INVALID: facts('downstream', 'request', 'never'),
  SLUICE_TARGET_INVALID: facts('downstream', 'request', 'never'),
  SLUICE_TARGET_TOO_LONG: facts('downstream', 'request', 'never'),
  SLUICE_VERSION_UNSUPPORTED: facts('downstream', 'request', 'never'),
  SLUICE_CONNECT_DISABLED: facts('downstream', 'request', 'never'),
  SLUICE_CONNECT_DENIED: facts('downstream', 'request', 'never'),
  SLUICE_HEADERS_TOO_LARGE: facts('downstream', 'request', 'never'),
  SLUICE_BODY_TOO_LARGE: facts('downstream', 'request', 'never'),
  SLUICE_BODY_ALREADY_READ: facts('proxy', 'request', 'never'),
  SLUICE_REQUEST_TIMEOUT: facts('downstream', 'request', 'never'),
  SLUICE_CLIENT_ABORTED: facts('downstream', 'request', 'never'),
  SLUICE_LOOP_DETECTED: facts('proxy', 'request', 'never'),
  SLUICE_SEND_FAILED: facts('upstream', 'request', 'if-idempotent'),
  SLUICE_RESPONSE_TIMEOUT: facts('upstream', 'response', 'if-idempotent'),
  SLUICE_RESPONSE_INVALID: facts('upstream', 'response', 'if-idempotent'),
  SLUICE_STATUS_REFUSED: facts('upstream', 'response', 'if-idempotent'),
  SLUICE_ATTEMPT_OVERTAKEN: facts('proxy', 'response', 'never'),
  SLUICE_RESPONSE_CUT: facts('upstream', 'response', 'never'),
  SLUICE_RESPONSE_STALLED: facts('upstream', 'response', 'never'),
  SLUICE_TOTAL_TIMEOUT: facts('proxy', 'response', 'never'),
  SLUICE_DEADLINE_INVALID: facts('downstream', 'request', 'never'),
  SLUICE_DEADLINE_PASSED: facts('proxy', 'request', 'never'),
  SLUICE_INTERNAL: facts('proxy', 'request', 'never'),
});

/** Makes an error of the HTTP layer from its code. */
export const httpError: ErrorFactory<HttpErrorCode> = defineErrors(httpErrors);
