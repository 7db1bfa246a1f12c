// What passes between one session and its endpoint: a lease, and a socket that is connected to the endpoint. Fails at most once, and tells it.
import {
  outcomeCancelled,
  outcomeOk,
  type Clock,
  type Endpoint,
  type Lease,
  type Outcome,
  type ProxyError,
} from '@sluice/core';
import { l4Error } from '../errors.ts';
import type { ConnectEndpoint, EndpointSocket, EndpointSocketOwner, IpAddress } from './datagram-socket.ts';
import type { KnownEndpoint } from './known-endpoints.ts';
import { SendGate } from './send-gate.ts';

/** A flow that is over before its session. */
export interface FlowFailure {
  readonly error: ProxyError;
  readonly endpoint: Endpoint;
  /** Whether the endpoint itself is to blame; otherwise it may have a better address. */
  readonly isEndpointsFault: boolean;
  /** Whether a reply has come before. */
  readonly hasReplied: boolean;
  /** The last request, if no reply came after it. */
  readonly unanswered: Buffer | undefined;
}

/** Who hears from a flow. */
export interface FlowOwner {
  onReply(datagram: Buffer): void;
  /** Its lease is released. */
  onFlowFailed(failure: FlowFailure): void;
  onRequestLost(code: 'SLUICE_DATAGRAM_QUEUE_FULL' | 'SLUICE_DATAGRAM_UNSENT'): void;
}

/** What a flow is made of. */
export interface FlowParts {
  readonly lease: Lease;
  readonly known: KnownEndpoint;
  readonly ip: IpAddress;
  readonly port: number;
  /** What goes before each request; or before the first one only. */
  readonly header: Buffer | undefined;
  readonly headerOnEach: boolean;
  readonly maxQueuedBytes: number;
  readonly clock: Clock;
  /** A coarse clock. */
  readonly nowMs: () => number;
  readonly connect: ConnectEndpoint;
}

/** The way to an endpoint and back. */
export class EndpointFlow implements EndpointSocketOwner {
  readonly #owner: FlowOwner;
  readonly #parts: FlowParts;
  readonly #socket: EndpointSocket;
  readonly #gate: SendGate;
  readonly #sinceMs: number;
  #header: Buffer | undefined;
  #replies = 0;
  /** Requests since the last reply. */
  #waiting = 0;
  #unanswered: Buffer | undefined;
  #sentMs: number | undefined;
  #isOver = false;

  /** @throws Error when the system has no socket; the lease is still the caller's then */
  constructor(parts: FlowParts, owner: FlowOwner) {
    this.#parts = parts;
    this.#owner = owner;
    this.#header = parts.header;
    this.#sinceMs = parts.nowMs();
    this.#socket = parts.connect(parts.ip, parts.port, this);
    this.#gate = new SendGate(this.#socket, parts.maxQueuedBytes);
  }

  /** Whom it goes to; `undefined` when it is over. */
  get endpoint(): Endpoint | undefined {
    return this.#isOver ? undefined : this.#parts.lease.endpoint;
  }

  send(datagram: Buffer): void {
    if (this.#isOver) return;
    if (!this.#gate.isOpen()) {
      this.#owner.onRequestLost('SLUICE_DATAGRAM_QUEUE_FULL');
      return;
    }
    if (this.#unanswered === undefined && this.#replies === 0) this.#onFirstRequest();
    this.#unanswered = datagram;
    // Behind a request that is not answered yet, there may be a refusal on its way: the next send would get it instead of being sent, and
    // tell only its callback. A callback costs as much as a twentieth of the way, so in a dialogue there is none.
    const isDialogue = this.#waiting++ === 0 && this.#replies > 0;
    if (this.#header !== undefined) this.#sendBehindHeader(this.#header, datagram);
    else if (isDialogue) this.#socket.send(datagram);
    else this.#sendChecked(datagram);
  }

  /** Whether nothing has come since `limitMs`, for this session or any other. */
  isSilent(nowMs: number, limitMs: number): boolean {
    return this.#replies === 0 && nowMs - this.#sinceMs >= limitMs && this.#parts.known.repliedMs < this.#sinceMs;
  }

  /** Fails the flow from outside. */
  fail(error: ProxyError): void {
    if (!this.#isOver) this.#fail(error, true);
  }

  /** Ends it in good order: an endpoint that has replied is fine, of others nothing is known. Idempotent. */
  close(): void {
    if (!this.#isOver) this.#end(this.#replies > 0 ? outcomeOk : outcomeCancelled);
  }

  onDatagram(datagram: Buffer): void {
    if (this.#isOver) return;
    if (this.#replies++ === 0) this.#onFirstReply();
    this.#waiting = 0;
    this.#unanswered = undefined;
    this.#parts.known.repliedMs = this.#parts.nowMs();
    this.#owner.onReply(datagram);
  }

  onError(cause: Error & { readonly code?: string }): void {
    if (this.#isOver) return;
    const { lease, known, ip } = this.#parts;
    const { href } = lease.endpoint.address;
    const isRefused = cause.code === 'ECONNREFUSED';
    const error = isRefused
      ? l4Error('SLUICE_CONNECT_REFUSED', `no socket at ${href}: its port is unreachable`, { cause })
      : l4Error('SLUICE_CONNECT_FAILED', `cannot send to ${href}: ${cause.code ?? cause.message}`, { cause });
    // Another address of its name may do; until all have failed, this is no failure of the endpoint.
    this.#fail(error, !known.leave(ip));
  }

  readonly #onSent = (error: (Error & { readonly code?: string }) | null): void => {
    if (error === null || this.#isOver) return;
    if (error.code === 'ECONNREFUSED') this.onError(error);
    else this.#owner.onRequestLost('SLUICE_DATAGRAM_UNSENT');
  };

  /** The time is taken only if somebody makes use of it. */
  #onFirstRequest(): void {
    if (this.#parts.lease.wantsLatency) this.#sentMs = this.#parts.clock.now();
  }

  /** A session may last for long: the endpoint's health hears of it now. */
  #onFirstReply(): void {
    const { lease, clock } = this.#parts;
    lease.succeed(this.#sentMs === undefined ? undefined : clock.now() - this.#sentMs);
  }

  #sendBehindHeader(header: Buffer, datagram: Buffer): void {
    if (!this.#parts.headerOnEach) this.#header = undefined;
    this.#sendChecked([header, datagram]);
  }

  #sendChecked(datagram: Buffer | readonly Buffer[]): void {
    try {
      this.#socket.send(datagram, this.#onSent);
    } catch {
      // The connect has failed. The socket's error comes with the next tick, and says why.
    }
  }

  #fail(error: ProxyError, isEndpointsFault: boolean): void {
    this.#end(isEndpointsFault ? { result: 'failed', error } : outcomeCancelled);
    this.#owner.onFlowFailed({
      error,
      endpoint: this.#parts.lease.endpoint,
      isEndpointsFault,
      hasReplied: this.#replies > 0,
      unanswered: this.#unanswered,
    });
  }

  #end(outcome: Outcome): void {
    this.#isOver = true;
    this.#socket.close();
    this.#parts.lease.release(outcome);
  }
}
