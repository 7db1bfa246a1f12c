// One short conversation with an endpoint: connect, perhaps say something, read the first bytes of the answer, perhaps say goodbye, close.
// What the answer means is for those who ask.
import type { AbortScope } from '@sluice/core';
import type { Socket } from 'node:net';
import type { Dialer, DialRequest } from '../dialer.ts';
import { peek } from '../peek.ts';

/** What is said, and how much is listened to. */
export interface Conversation<Value> {
  readonly send: Uint8Array | undefined;
  /** Said last, when the answer was understood. */
  readonly quit: Uint8Array | undefined;
  readonly maxBytes: number;
  /** Understands an answer, or wants more; without one, nothing is waited for. What is thrown ends the conversation. */
  readonly understand: ((bytes: Buffer) => Value | undefined) | undefined;
}

/** What came of it. */
export interface FirstAnswer<Value> {
  /** What was understood; `undefined` when nothing was waited for, or nothing was understood. */
  readonly value: Value | undefined;
  /** Why nothing was understood. */
  readonly failure: string | undefined;
}

/** Holds a conversation. Rejects when there is no connection, or with the scope's reason. The connection is closed in the end, whatever happens. */
export async function askEndpoint<Value>(
  dialer: Dialer,
  target: Pick<DialRequest, 'address' | 'endpoint'>,
  scope: AbortScope,
  { send, quit, maxBytes, understand }: Conversation<Value>,
): Promise<FirstAnswer<Value>> {
  const socket = await dialer.dial({ ...target, cancellation: scope });
  try {
    if (send !== undefined) socket.write(send);
    const answer = understand === undefined ? nothing : await listen(socket, scope, maxBytes, understand);
    if (answer.failure === undefined && quit !== undefined) await sayGoodbye(socket, scope, quit);
    return answer;
  } finally {
    socket.destroy();
  }
}

const nothing: FirstAnswer<never> = Object.freeze({ value: undefined, failure: undefined });

async function listen<Value>(
  socket: Socket,
  scope: AbortScope,
  maxBytes: number,
  understand: (bytes: Buffer) => Value | undefined,
): Promise<FirstAnswer<Value>> {
  let heard = 0;
  const inspect = (bytes: Buffer): { value: Value; consume: number } | undefined => {
    heard = bytes.length;
    const value = understand(bytes);
    return value === undefined ? undefined : { value, consume: bytes.length };
  };
  try {
    const peeked = await peek(socket, { inspect, maxBytes, timeoutMs: Infinity, cancellation: scope });
    if (peeked.ended === 'decided') return { value: peeked.value, failure: undefined };
    const how = peeked.ended === 'full' ? `in the first ${maxBytes} bytes` : `before the end, after ${heard} bytes`;
    return { value: undefined, failure: how };
  } catch (error) {
    if (scope.aborted || !socket.destroyed) throw error;
    return { value: undefined, failure: `before the connection broke, after ${heard} bytes` };
  }
}

/** Waits until the words are sent: an endpoint that does not even take them is not well. */
function sayGoodbye(socket: Socket, scope: AbortScope, quit: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const forget = scope.onAbort(() => void socket.destroy());
    socket.once('close', () => {
      forget();
      resolve();
    });
    socket.end(quit, () => void socket.destroy());
  });
}
