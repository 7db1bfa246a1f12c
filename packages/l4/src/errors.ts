// The error codes of layer 4, with their facts. Which foreign error becomes which code is classify-connect-error.ts.
import { defineErrors, type ErrorFactory, type ErrorFacts } from '@sluice/core';

/** A code of `@sluice/l4`. */
export type L4ErrorCode =
  | 'SLUICE_CONNECT_REFUSED'
  | 'SLUICE_CONNECT_FAILED'
  | 'SLUICE_CONNECT_TIMEOUT'
  | 'SLUICE_ADDRESS_DENIED'
  | 'SLUICE_TLS_FAILED'
  | 'SLUICE_CLIENT_LEFT'
  | 'SLUICE_PROXY_HEADER_INVALID'
  | 'SLUICE_CLIENT_HELLO_INVALID'
  | 'SLUICE_HANDSHAKE_FAILED'
  | 'SLUICE_CERTIFICATE_UNAVAILABLE'
  | 'SLUICE_CLIENT_DENIED'
  | 'SLUICE_CONNECTIONS_FULL'
  | 'SLUICE_CONNECTIONS_PER_ADDRESS'
  | 'SLUICE_ACCEPT_RATE'
  | 'SLUICE_NO_ROUTE'
  | 'SLUICE_ROUTE_FAILED'
  | 'SLUICE_ESTABLISH_TIMEOUT'
  | 'SLUICE_SESSION_TIMEOUT'
  | 'SLUICE_ENDPOINT_LOST'
  | 'SLUICE_SESSIONS_FULL'
  | 'SLUICE_SESSIONS_PER_ADDRESS'
  | 'SLUICE_DATAGRAM_TOO_LARGE'
  | 'SLUICE_DATAGRAM_QUEUE_FULL'
  | 'SLUICE_DATAGRAM_UNSENT'
  | 'SLUICE_SOCKET_FAILED'
  | 'SLUICE_REPLY_TIMEOUT'
  | 'SLUICE_REPLY_LIMIT'
  | 'SLUICE_IDLE_TIMEOUT';

/** The codes of `@sluice/l4`. */
export const l4Errors: Readonly<Record<L4ErrorCode, ErrorFacts>> = Object.freeze({
  SLUICE_CONNECT_REFUSED: { source: 'upstream', stage: 'connect', retry: 'safe' },
  SLUICE_CONNECT_FAILED: { source: 'upstream', stage: 'connect', retry: 'safe' },
  SLUICE_CONNECT_TIMEOUT: { source: 'upstream', stage: 'connect', retry: 'safe' },
  SLUICE_ADDRESS_DENIED: { source: 'upstream', stage: 'connect', retry: 'safe' },
  SLUICE_TLS_FAILED: { source: 'upstream', stage: 'connect', retry: 'safe' },
  SLUICE_CLIENT_LEFT: { source: 'downstream', stage: 'accept', retry: 'never' },
  SLUICE_PROXY_HEADER_INVALID: { source: 'downstream', stage: 'accept', retry: 'never' },
  SLUICE_CLIENT_HELLO_INVALID: { source: 'downstream', stage: 'accept', retry: 'never' },
  SLUICE_HANDSHAKE_FAILED: { source: 'downstream', stage: 'accept', retry: 'never' },
  SLUICE_CERTIFICATE_UNAVAILABLE: { source: 'proxy', stage: 'accept', retry: 'never' },
  SLUICE_CLIENT_DENIED: { source: 'downstream', stage: 'accept', retry: 'never' },
  SLUICE_CONNECTIONS_FULL: { source: 'proxy', stage: 'accept', retry: 'never' },
  SLUICE_CONNECTIONS_PER_ADDRESS: { source: 'downstream', stage: 'accept', retry: 'never' },
  SLUICE_ACCEPT_RATE: { source: 'proxy', stage: 'accept', retry: 'never' },
  SLUICE_NO_ROUTE: { source: 'proxy', stage: 'accept', retry: 'never' },
  SLUICE_ROUTE_FAILED: { source: 'proxy', stage: 'accept', retry: 'never' },
  SLUICE_ESTABLISH_TIMEOUT: { source: 'proxy', stage: 'accept', retry: 'never' },
  SLUICE_SESSION_TIMEOUT: { source: 'proxy', stage: 'upgrade', retry: 'never' },
  SLUICE_ENDPOINT_LOST: { source: 'proxy', stage: 'upgrade', retry: 'never' },
  SLUICE_SESSIONS_FULL: { source: 'proxy', stage: 'accept', retry: 'never' },
  SLUICE_SESSIONS_PER_ADDRESS: { source: 'downstream', stage: 'accept', retry: 'never' },
  SLUICE_DATAGRAM_TOO_LARGE: { source: 'downstream', stage: 'request', retry: 'never' },
  SLUICE_DATAGRAM_QUEUE_FULL: { source: 'proxy', stage: 'request', retry: 'never' },
  SLUICE_DATAGRAM_UNSENT: { source: 'proxy', stage: 'request', retry: 'never' },
  SLUICE_SOCKET_FAILED: { source: 'proxy', stage: 'connect', retry: 'never' },
  SLUICE_REPLY_TIMEOUT: { source: 'upstream', stage: 'response', retry: 'if-idempotent' },
  SLUICE_REPLY_LIMIT: { source: 'upstream', stage: 'response', retry: 'never' },
  SLUICE_IDLE_TIMEOUT: { source: 'proxy', stage: 'upgrade', retry: 'never' },
});

/** Makes an error of l4's table. */
export const l4Error: ErrorFactory<L4ErrorCode> = defineErrors(l4Errors);
