// Waits until a connection that is being opened can be used: within one time limit, cancellable. What a failure means is classify-connect-error.ts.
import { onCancel, type Cancellation, type Clock, type EndpointAddress, type ProxyError } from '@sluice/core';
import type { Socket } from 'node:net';
import { classifyConnectError } from './classify-connect-error.ts';
import { closeOnError } from './close-on-error.ts';
import { l4Error } from './errors.ts';

/** What is waited for, and how long. */
export interface ConnectWait {
  readonly address: EndpointAddress;
  readonly cancellation: Cancellation | undefined;
  /** The limit as a whole, for messages. */
  readonly limitMs: number;
  /** What is left of it. */
  readonly restMs: number;
  readonly clock: Clock;
}

/**
 * Opens a socket and waits for the event that says that it is ready. It is destroyed when that does not come, and has an `'error'` listener
 * from its first moment.
 */
export function untilConnected(
  open: () => Socket,
  readyEvent: 'connect' | 'secureConnect',
  { address, cancellation, limitMs, restMs, clock }: ConnectWait,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    let socket: Socket;
    try {
      socket = open();
    } catch (error) {
      return reject(classifyConnectError(error, address, limitMs));
    }
    let phase: ConnectPhase = 'address';
    let forget = (): void => {};
    const onAttempt = (): void => void (phase = 'connection');
    const settle = (): void => {
      socket.off('connectionAttempt', onAttempt).off(readyEvent, onReady).off('error', onError).off('close', onClose);
      timer.cancel();
      forget();
    };
    const onReady = (): void => {
      settle();
      resolve(socket);
    };
    const giveUp = (reason: unknown): void => {
      settle();
      socket.destroy();
      reject(reason);
    };
    const onError = (error: unknown): void => giveUp(classifyConnectError(error, address, limitMs));
    const onClose = (): void => onError(new Error('the connection was closed'));
    const onTimeout = (): void => giveUp(connectTimeout(socket.connecting ? phase : 'handshake', address, limitMs));
    closeOnError(socket);
    socket.on('error', onError).on('close', onClose);
    socket.on('connectionAttempt', onAttempt).on(readyEvent, onReady);
    const timer = clock.setTimer(onTimeout, restMs);
    if (cancellation !== undefined) forget = onCancel(cancellation, giveUp);
  });
}

type ConnectPhase = 'address' | 'connection' | 'handshake';

const missing: Readonly<Record<ConnectPhase, string>> = {
  address: 'no address found for',
  connection: 'no connection to',
  handshake: 'no TLS handshake with',
};

function connectTimeout(phase: ConnectPhase, address: EndpointAddress, limitMs: number): ProxyError {
  return l4Error('SLUICE_CONNECT_TIMEOUT', `${missing[phase]} ${address.href} within ${limitMs} ms`);
}
