// The sending half of a client connection: a request's head, then its body, at once or when the endpoint says 100 Continue.
// How a body flows is request-body-writer.ts.
import type { Clock } from '@sluice/core';
import type { Socket } from 'node:net';
import { createHeaderList } from '../headers/header-list.ts';
import type { OutgoingRequest } from '../transport/transport.ts';
import { headLate } from './connection-errors.ts';
import { PhaseTimer } from './phase-timer.ts';
import { RequestBodyWriter, type RequestBodyOwner } from './request-body-writer.ts';
import { formatRequestHead } from './request-head.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** What a sender goes by. */
export interface RequestSenderOptions {
  readonly clock: Clock;
  /** How long a body waits for `100 Continue` before it is sent without, in milliseconds. */
  readonly continueMs: number;
  /** Where heads and the bodies that came with them meet; empty between any two calls. */
  readonly writeBuffer: WriteBuffer;
}

/** Sends the requests of one connection, one after the other. */
export class RequestSender {
  readonly #owner: RequestBodyOwner;
  readonly #continueMs: number;
  readonly #buffer: WriteBuffer;
  readonly #timer: PhaseTimer;
  #request: OutgoingRequest | undefined;
  #writer: RequestBodyWriter | undefined;
  #isHeldBack = false;

  constructor({ clock, continueMs, writeBuffer }: RequestSenderOptions, owner: RequestBodyOwner) {
    this.#owner = owner;
    this.#continueMs = continueMs;
    this.#buffer = writeBuffer;
    this.#timer = new PhaseTimer(clock, () => this.#onExpired());
  }

  /** Whether the whole request was written. */
  get isSent(): boolean {
    return this.#writer === undefined || this.#writer.done;
  }

  /** Whether the body waits for 100 Continue. */
  get isHeldBack(): boolean {
    return this.#isHeldBack;
  }

  /**
   * Sends a request.
   *
   * @param last - Whether the connection closes behind the response.
   * @throws ProxyError when the head can not be written; nothing was sent then.
   */
  send(socket: Socket, request: OutgoingRequest, last: boolean): void {
    const { method, target, headers, body, upgrade, timeouts, endpoint } = request;
    const hasBody = body.size !== 0;
    const expectContinue = request.expectContinue && hasBody;
    const head = formatRequestHead({ method, target, headers, bodySize: body.size, expectContinue, upgrade, last });
    if (!hasBody) {
      socket.write(head, 'latin1');
      this.#owner.onRequestSent();
      return;
    }
    const { href } = endpoint.address;
    const options = { timer: this.#timer, idleMs: timeouts.requestBodyIdleMs, endpoint: href };
    this.#request = request;
    this.#writer = new RequestBodyWriter(socket, body, this.#owner, options);
    this.#isHeldBack = expectContinue;
    if (expectContinue) {
      socket.write(head, 'latin1');
      this.#timer.arm(Math.min(this.#continueMs, timeouts.responseHeadMs));
      return;
    }
    this.#start(socket, head, this.#writer);
  }

  /** Sends a head, and in the same system call what there is of the body. */
  #start(socket: Socket, head: string, writer: RequestBodyWriter): void {
    const buffer = this.#buffer;
    // It is in use when the body of a request, as it starts to flow, makes somebody send another one.
    const isFree = buffer.isEmpty;
    if (isFree) {
      buffer.text(head);
      if (writer.startBehind(buffer)) return;
      buffer.drop();
    }
    // A stream that has data hands it over in the next tick.
    socket.cork();
    socket.write(head, 'latin1');
    if (!isFree) writer.start();
    process.nextTick(uncork, socket);
  }

  /** Sends the body that was held back. */
  proceed(): void {
    this.#isHeldBack = false;
    this.#writer?.start();
  }

  /** Ends the request, sent or not: a body that is not sent yet is cancelled. */
  stop(reason: unknown): void {
    const writer = this.#writer;
    this.forget();
    writer?.abandon(reason);
  }

  /** Lets go of a request whose body has not started, for somebody else to send. */
  forget(): void {
    this.#writer = undefined;
    this.#request = undefined;
    this.#isHeldBack = false;
    this.#timer.disarm();
  }

  /** Stops for good. */
  close(): void {
    this.#timer.close();
  }

  #onExpired(): void {
    if (!this.#isHeldBack) {
      this.#writer?.expire();
      return;
    }
    const { timeouts, endpoint } = this.#request ?? {};
    if (timeouts !== undefined && timeouts.responseHeadMs <= this.#continueMs) {
      this.#owner.onRequestFailed(headLate(endpoint?.address.href ?? '', timeouts.responseHeadMs));
      return;
    }
    // RFC 9110 section 10.1.1: many servers ignore Expect, so nobody waits for ever. The client hears what it waits for from us.
    this.#request?.onInformational?.(100, 'Continue', createHeaderList());
    if (this.#isHeldBack) this.proceed();
  }
}

function uncork(socket: Socket): void {
  socket.uncork();
}
