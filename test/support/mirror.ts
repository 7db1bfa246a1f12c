// An origin's listener that answers with what it was asked, as JSON.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** What an origin has seen of a request. */
export interface Mirrored {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export async function mirror(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const body = (await buffer(req)).toString();
  res.end(JSON.stringify({ method: req.method, url: req.url, headers: req.headers, body }));
}
