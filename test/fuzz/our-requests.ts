// Reads requests with our own engine, as the listener does: the reader, then what makes an exchange's request of a head, then its checks.
import type { ProxyError } from '@sluice/core';
import type { Body, BodySink } from '../../packages/http/src/body/body.ts';
import { httpError } from '../../packages/http/src/errors.ts';
import { readWireRequest, requestFault } from '../../packages/http/src/front/wire-request.ts';
import type { HeaderList } from '../../packages/http/src/headers/header-list.ts';
import { checkRequest } from '../../packages/http/src/request/request-check.ts';
import type { RequestFraming, RequestHead } from '../../packages/http/src/wire/request-head-reader.ts';
import { RequestReader, type RequestReaderOwner } from '../../packages/http/src/wire/request-reader.ts';
import type { Ending, Reading, SeenMessage } from './reading.ts';

const limits = { maxBytes: 16_384, maxFields: 200, maxTargetBytes: 8_192, maxBodyBytes: Infinity };

interface OpenMessage extends SeenMessage {
  body: string;
  trailers: readonly string[];
  isComplete: boolean;
}

/** One connection. Bodies are taken at once, or each piece only when the next bytes come. */
class Connection implements RequestReaderOwner, BodySink {
  readonly messages: OpenMessage[] = [];
  readonly reader: RequestReader = new RequestReader(limits, this);
  reason = '';
  #isClosed = false;
  #persistent = true;
  #held: (() => void) | undefined;
  readonly #isSlow: boolean;

  constructor(isSlow: boolean) {
    this.#isSlow = isSlow;
  }

  get ending(): Ending {
    if (this.reason !== '') return 'refused';
    if (this.#isClosed) return 'closed';
    return this.reader.isIdle ? 'idle' : 'waiting';
  }

  onRequest(head: RequestHead, framing: RequestFraming, body: Body): void {
    const { method, target, minor, headers } = head;
    const fields = headers.toFlat();
    const request = readWireRequest(head, framing, body, false);
    const refusal = requestFault(request, framing, Infinity, false) ?? findFault(() => checkRequest(request));
    if (refusal !== undefined) {
      this.onFault(refusal);
      return;
    }
    const isComplete = framing.kind === 'none';
    if (isLeaving(headers) && !isComplete) {
      this.onFault(httpError('SLUICE_FRAMING_INVALID', 'a body together with Upgrade'));
      return;
    }
    this.messages.push({ start: [method, target, `1.${minor}`], fields, body: '', trailers: [], isComplete });
    this.#persistent = framing.persistent && !isLeaving(headers);
    if (!isComplete) body.pipe(this);
  }

  onFault(error: ProxyError): void {
    this.reason = error.message;
    this.reader.stop(error);
  }

  onBodyFault(): void {}
  onRequestRead(): void {}
  onBodyWanted(): void {}
  onReady(): void {}

  write(chunk: Uint8Array, flushed: () => void): boolean {
    if (this.#held !== undefined) throw new Error('written to while it holds a view');
    const take = (): void => void ((this.messages.at(-1) as OpenMessage).body += Buffer.from(chunk).toString('latin1'));
    if (!this.#isSlow) {
      take();
      return true;
    }
    this.#held = () => {
      take();
      flushed();
    };
    return false;
  }

  end(trailers: HeaderList | undefined): void {
    const message = this.messages.at(-1) as OpenMessage;
    message.trailers = trailers?.toFlat() ?? [];
    message.isComplete = true;
  }

  fail(error: ProxyError): void {
    this.reason = error.message;
  }

  /** Goes on as far as it can. */
  advance(): void {
    while (this.reason === '' && !this.#isClosed) {
      if (this.reader.isRequestRead) {
        if (this.#persistent) this.reader.next();
        else this.#isClosed = true;
      } else {
        const held = this.#held;
        if (held === undefined) return;
        this.#held = undefined;
        held();
      }
    }
  }
}

/**
 * Whether a request asks to leave HTTP. It is the last that a parser can be sure of: the reference stops there, or loses its way in the body. The
 * listener refuses such a body when the protocol may be switched.
 */
function isLeaving(headers: HeaderList): boolean {
  return headers.has('upgrade') && /(?:^|,)[ \t]*upgrade[ \t]*(?:,|$)/i.test(headers.getAll('connection').join());
}

/** Throws whatever is no ProxyError: that is a finding, too. */
function findFault(check: () => void): ProxyError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('SLUICE_'))
      return error as ProxyError;
    throw error;
  }
}

/** Reads what arrives in these pieces. */
export function readOurRequests(pieces: readonly string[], isSlow: boolean): Reading {
  const connection = new Connection(isSlow);
  for (const piece of pieces) {
    if (!isSlow) connection.advance();
    connection.reader.receive(Buffer.from(piece, 'latin1'));
  }
  connection.advance();
  const { messages, ending, reason } = connection;
  if (reason.includes('reading a request failed')) throw new Error(reason);
  return { messages, ending, reason };
}
