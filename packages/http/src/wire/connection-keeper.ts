// Where a connection to an endpoint is between exchanges, and what it goes by.
import type { ClientExchange } from './client-exchange.ts';
import type { FieldLimits } from './field-scanner.ts';
import type { RequestSenderOptions } from './request-sender.ts';

/** A connection, as seen by its keeper. */
export interface KeptConnection {
  readonly createdMs: number;
  /** How long the endpoint says that it keeps an idle connection, in milliseconds. */
  readonly announcedIdleMs: number | undefined;
  /** Sends a request, while no other is under way. */
  start(exchange: ClientExchange): void;
  /** Waits for the next exchange, for so long. */
  rest(idleMs: number): void;
  /** Closes the connection. Nothing must be under way. */
  close(): void;
}

/** Who keeps connections between exchanges. */
export interface ConnectionKeeper {
  /** The exchange is over and the connection can carry another. */
  onReusable(connection: KeptConnection): void;
  /** The connection is closed, or has left HTTP. Called once. */
  onClosed(connection: KeptConnection): void;
  /** The connection had died before the endpoint saw the request, which may go to another one. */
  onStale(exchange: ClientExchange): void;
}

/** What a connection goes by. */
export interface ClientConnectionOptions extends RequestSenderOptions {
  readonly keeper: ConnectionKeeper;
  readonly limits: FieldLimits;
  /** How many exchanges the connection may carry. */
  readonly maxExchanges: number;
}
