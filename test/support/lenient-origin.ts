// An origin that reads requests as carelessly as the worst server one might find behind a proxy. What it believes to have received shows
// whether a message that got through the proxy can be read in more than one way.

import type { Socket } from 'node:net';
import { startRawServer } from './raw-server.ts';

export interface LenientOrigin {
  readonly url: string;
  /** The request lines it has seen, in order. */
  readonly requests: readonly string[];
}

/** Which framing it believes when there are two. */
export type Credulity = 'chunked' | 'length';

/** Answers every request with `200` and keeps the connection. */
export async function startLenientOrigin(credulity: Credulity = 'chunked'): Promise<LenientOrigin> {
  const server = await startRawServer();
  const requests: string[] = [];
  const serve = async (): Promise<void> => {
    for (;;) {
      const socket = await server.accept();
      readCarelessly(socket, credulity, requests);
    }
  };
  void serve();
  return { url: `http://127.0.0.1:${server.port}`, requests };
}

function readCarelessly(socket: Socket, credulity: Credulity, requests: string[]): void {
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (let request = takeRequest(text, credulity); request !== undefined; request = takeRequest(text, credulity)) {
      text = text.slice(request.length);
      requests.push(request.line);
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    }
  });
}

interface TakenRequest {
  readonly line: string;
  readonly length: number;
}

/** One request off the front: bare LF is a line end, anything with "chunked" in it is chunked, the last Content-Length wins, `_` is `-`. */
function takeRequest(text: string, credulity: Credulity): TakenRequest | undefined {
  const head = /^[^]*?\r?\n\r?\n/.exec(text)?.[0];
  if (head === undefined) return undefined;
  const line = head.split(/\r?\n/, 1)[0] ?? '';
  const length = [...head.matchAll(/^[ \t]*content[-_]length[ \t]*:[ \t]*\+?(\d+)/gim)].at(-1)?.[1];
  const isChunked = /^[ \t]*transfer[-_]encoding[^\n]*chunked/im.test(head);
  if (isChunked && (credulity === 'chunked' || length === undefined)) {
    const end = /(?:^|\n)0+(?:\r|;[^\n]*)?\n(?:[^\r\n]+\r?\n)*\r?\n/.exec(text.slice(head.length));
    return end === null ? undefined : { line, length: head.length + end.index + end[0].length };
  }
  const total = head.length + Number(length ?? 0);
  return text.length < total ? undefined : { line, length: total };
}
