// What a connection hears of the responses that are read from it.
import type { ProxyError } from '@sluice/core';
import type { IncomingBody } from './incoming-body.ts';
import type { ResponseFraming, ResponseHead } from './response-head-reader.ts';

/** What a reader tells its owner. */
export interface ResponseReaderOwner {
  onInterim(head: ResponseHead): void;
  /** The final head; without a body, `onComplete` follows at once. A body that is piped in this call gets in it what has come already. */
  onHead(head: ResponseHead, framing: ResponseFraming, body: IncomingBody | undefined): void;
  /** The endpoint has answered 101, or CONNECT with a success; `rest` are the bytes behind the head. The reader is done with the connection. */
  onSwitched(head: ResponseHead, rest: Buffer): void;
  /** The response is complete. `excess`: there are bytes behind it that belong to nothing. */
  onComplete(excess: boolean): void;
  /** The reader, which had told the owner to stop, takes bytes again. */
  onReady(): void;
  /** The response will not be complete. `answered`: bytes of it have come. The owner calls `stop`. */
  onFailed(error: ProxyError, answered: boolean): void;
}
