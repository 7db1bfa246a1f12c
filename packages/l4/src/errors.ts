// Every error code of the connection layer, with its facts.
import { defineErrors, type ErrorFactory, type ErrorFacts } from '@sluice/core';

type L4ErrorCode =
  | 'SLUICE_CONNECT_REFUSED'
  | 'SLUICE_CONNECT_FAILED'
  | 'SLUICE_CONNECT_TIMEOUT'
  | 'SLUICE_TLS_FAILED'
  | 'SLUICE_IDLE_TIMEOUT';

/** The error codes of `@sluice/l4`. */
export const l4Errors: Readonly<Record<L4ErrorCode, ErrorFacts>> = Object.freeze({
  SLUICE_CONNECT_REFUSED: { source: 'upstream', stage: 'connect', retry: 'safe' },
  SLUICE_CONNECT_FAILED: { source: 'upstream', stage: 'connect', retry: 'safe' },
  SLUICE_CONNECT_TIMEOUT: { source: 'upstream', stage: 'connect', retry: 'safe' },
  SLUICE_TLS_FAILED: { source: 'upstream', stage: 'connect', retry: 'safe' },
  SLUICE_IDLE_TIMEOUT: { source: 'proxy', stage: 'upgrade', retry: 'never' },
});

/** Makes an error of the connection layer from its code. */
export const l4Error: ErrorFactory<L4ErrorCode> = defineErrors(l4Errors);
