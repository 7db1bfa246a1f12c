// Reads the answer to one request with our own engine: what came before the connection ended.
import type { ProxyError } from '@sluice/core';
import type { BodySink } from '../../packages/http/src/body/body.ts';
import type { HeaderList } from '../../packages/http/src/headers/header-list.ts';
import type { IncomingBody } from '../../packages/http/src/wire/incoming-body.ts';
import type { ResponseFraming, ResponseHead } from '../../packages/http/src/wire/response-head-reader.ts';
import type { ResponseReaderOwner } from '../../packages/http/src/wire/response-reader-owner.ts';
import { ResponseReader } from '../../packages/http/src/wire/response-reader.ts';
import type { Ending, Reading, SeenMessage } from './reading.ts';

const limits = { maxBytes: 16_384, maxFields: 200 };

interface OpenMessage extends SeenMessage {
  body: string;
  trailers: readonly string[];
  isComplete: boolean;
}

/** One connection. Bodies are taken at once, or each piece only when the next bytes come. */
class Connection implements ResponseReaderOwner, BodySink {
  readonly messages: OpenMessage[] = [];
  readonly reader: ResponseReader = new ResponseReader(limits, 'origin', this);
  ending: Ending = 'waiting';
  reason = '';
  readonly #isSlow: boolean;
  #held: (() => void) | undefined;
  #body: IncomingBody | undefined;

  constructor(isSlow: boolean) {
    this.#isSlow = isSlow;
  }

  onInterim(head: ResponseHead): void {
    this.#add(head, true);
  }

  onHead(head: ResponseHead, _framing: ResponseFraming, body: IncomingBody | undefined): void {
    this.#add(head, body === undefined);
    this.#body = body;
  }

  onSwitched(head: ResponseHead): void {
    this.#add(head, true);
    this.ending = 'idle';
  }

  onComplete(): void {
    this.ending = 'idle';
  }

  onReady(): void {}

  onFailed(error: ProxyError): void {
    this.reason = error.message;
    if (!/closed|ended|cut/.test(error.message)) this.ending = 'refused';
    this.reader.stop(error);
  }

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

  fail(): void {}

  /** Takes everything that the sink holds. */
  flush(): void {
    for (let held = this.#held; held !== undefined; held = this.#held) {
      this.#held = undefined;
      held();
    }
  }

  /** Brings bytes as a socket does: between bodies in memory that is overwritten at once. */
  receive(piece: string): void {
    if (this.reader.isIdle) return;
    const isShared = this.reader.betweenBodies;
    const bytes = Buffer.from(piece, 'latin1');
    const isReady = this.reader.receive(bytes, isShared);
    if (isShared) bytes.fill(0x58);
    const body = this.#body;
    this.#body = undefined;
    body?.pipe(this);
    if (!isReady) this.flush();
  }

  #add({ status, statusText, headers }: ResponseHead, isComplete: boolean): void {
    const start = [String(status), statusText];
    this.messages.push({ start, fields: headers.toFlat(), body: '', trailers: [], isComplete });
  }
}

/** Reads what arrives in these pieces in answer to a request of that method; then the connection ends. */
export function readOurResponse(method: string, pieces: readonly string[], isSlow: boolean): Reading {
  const connection = new Connection(isSlow);
  connection.reader.begin(method);
  for (const piece of pieces) connection.receive(piece);
  connection.flush();
  connection.reader.endInput('proper', undefined);
  const { messages, ending, reason } = connection;
  return { messages, ending, reason };
}
