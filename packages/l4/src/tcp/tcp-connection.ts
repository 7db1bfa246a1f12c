// One client's connection, from its accept to its end: what it is doing, until when, and how it is ended from outside. The path is serve-connection.ts.
import { createAbortScope, type Endpoint, type OwnedAbortScope, type ProxyError, type Listed } from '@sluice/core';
import type { Socket } from 'node:net';
import { l4Error } from '../errors.ts';
import { clientLeft } from '../peek.ts';
import type { SocketReads } from '../socket-reads.ts';
import { SplicePair, type SpliceResult } from '../splice-pair.ts';
import { idleTimeout } from '../splice.ts';
import { createClientConnection, type MutableClientConnection } from './client-connection.ts';
import type { ResolvedTcpTimeouts } from './tcp-proxy-options.ts';

/** An open connection. */
export class TcpConnection implements Listed {
  place = -1;
  readonly facts: MutableClientConnection;
  /** Cancels everything that happens before the connection is joined with an endpoint's. */
  readonly scope: OwnedAbortScope = createAbortScope();
  /** The client's socket, as the preludes have left it. */
  socket: Socket;
  /** The address that it is counted under, once it is. */
  countedAs: string | undefined;
  /** The endpoint that it is joined with. */
  endpoint: Endpoint | undefined;
  readonly openedMs: number;
  readonly #timeouts: ResolvedTcpTimeouts;
  readonly #nowMs: () => number;
  #deadlineMs: number;
  #deadlineError: () => ProxyError;
  #pair: SplicePair | undefined;
  #upstream: Socket | undefined;
  /** When both sides begin to be asked whether they are still there; `Infinity` once they are. */
  #keepAliveAtMs = Infinity;

  /** @param nowMs - Coarse time, never too early. */
  constructor(socket: Socket, timeouts: ResolvedTcpTimeouts, nowMs: () => number) {
    this.socket = socket;
    this.facts = createClientConnection(socket);
    this.#timeouts = timeouts;
    this.#nowMs = nowMs;
    this.openedMs = nowMs();
    this.#deadlineMs = this.openedMs + timeouts.establishMs;
    this.#deadlineError = () => establishTimeout(timeouts.establishMs);
    socket.on('error', ignoreError).on('close', this.#onClose);
  }

  /** Joins it with an endpoint's connection; resolves when both are closed. */
  join(endpoint: Endpoint, upstream: Socket, reads: SocketReads): Promise<SpliceResult> {
    const { sessionMs, keepAliveMs } = this.#timeouts;
    const joinedMs = this.#nowMs();
    this.scope.close();
    this.endpoint = endpoint;
    this.#upstream = upstream;
    this.#keepAliveAtMs = joinedMs + keepAliveMs;
    this.#deadlineMs = joinedMs + sessionMs;
    this.#deadlineError = () => sessionTimeout(sessionMs);
    return new Promise((onClosed) => {
      this.#pair = new SplicePair(this.socket, upstream, reads, { nowMs: this.#nowMs, onClosed });
      this.#pair.start();
    });
  }

  /** Ends it, in whatever phase it is. */
  cut(error: ProxyError): void {
    if (this.#pair === undefined) this.scope.abort(error);
    else this.#pair.settle({ ended: 'cancelled', error });
  }

  /** Ends a session after some time, unless it ends before. */
  cutWithin(ms: number, error: ProxyError): void {
    const deadlineMs = this.#nowMs() + ms;
    if (deadlineMs >= this.#deadlineMs) return;
    this.#deadlineMs = deadlineMs;
    this.#deadlineError = () => error;
  }

  /** Looks whether its time is over. */
  sweep(nowMs: number): void {
    const { idleMs } = this.#timeouts;
    if (nowMs >= this.#keepAliveAtMs) this.#keepAlive();
    if (nowMs >= this.#deadlineMs) this.cut(this.#deadlineError());
    else if (this.#pair !== undefined && nowMs - this.#pair.lastActivityMs >= idleMs)
      this.#pair.settle({ ended: 'idle-timeout', error: idleTimeout(idleMs) });
  }

  /** Not before it is due: that is eight system calls, which short sessions do not need. */
  #keepAlive(): void {
    this.#keepAliveAtMs = Infinity;
    for (const socket of [this.socket, this.#upstream]) socket?.setKeepAlive(true, this.#timeouts.keepAliveMs);
  }

  readonly #onClose = (): void => {
    if (this.#pair === undefined) this.scope.abort(clientLeft(this.socket.errored));
  };
}

/** The socket's first error listener, and its last: between owners nobody else hears errors, which close it anyway. */
function ignoreError(): void {}

function establishTimeout(ms: number): ProxyError {
  return l4Error('SLUICE_ESTABLISH_TIMEOUT', `no session within ${ms} ms of the accept`);
}

function sessionTimeout(ms: number): ProxyError {
  return l4Error('SLUICE_SESSION_TIMEOUT', `the session was still open after ${ms} ms`);
}
