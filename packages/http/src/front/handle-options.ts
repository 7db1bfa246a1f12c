// What an application may say about a request that it hands over: an adapter for a framework needs no more than this.
import type { Exchange } from '../exchange.ts';

/** A framework's way to hand a request on, with an error to its error handler. */
export type Next = (error?: unknown) => void;

/** What is said about one request that is handed to a proxy. */
export interface HandleOptions {
  /** What the endpoint is asked for: a path with its query. @defaultValue `req.url`, or `req.originalUrl` with `mountPath: 'keep'` */
  readonly target?: string | undefined;
  /** What a body parser has made of the body that it has read. @defaultValue `req.body` */
  readonly parsedBody?: unknown;
  /**
   * Called once the request is checked and cleaned, before the proxy's middleware: the place to bring what the application knows (a user, a
   * tenant, an upstream of its choice) into the exchange. What it throws is answered, or goes to `next`.
   */
  readonly prepare?: ((exchange: Exchange) => void | Promise<void>) | undefined;
  /** Gets errors that come before the response's head, when the proxy was made with `passErrors`. @defaultValue they are answered */
  readonly next?: Next | undefined;
}
