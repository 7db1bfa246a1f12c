// What a demo origin answers: its name at every path, and three paths that are interesting behind a proxy.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

type Route = (name: string, req: IncomingMessage, res: ServerResponse, query: URLSearchParams) => void;

const routes: ReadonlyMap<string, Route> = new Map([
  ['/slow', answerSlowly],
  ['/stream', streamTicks],
  ['/upload', countBytes],
]);

/** The request listener of the demo origin with that name. */
export function demoRoutes(name: string): RequestListener {
  return (req, res) => {
    const url = URL.parse(`http://origin${req.url}`);
    const route = routes.get(url?.pathname ?? '/') ?? answerWithName;
    route(name, req, res, url?.searchParams ?? new URLSearchParams());
  };
}

function answerWithName(name: string, _req: IncomingMessage, res: ServerResponse): void {
  res.end(`hello from ${name}\n`);
}

/** `/slow?ms=2000` answers after that time. */
function answerSlowly(name: string, _req: IncomingMessage, res: ServerResponse, query: URLSearchParams): void {
  const delayMs = Math.min(Number(query.get('ms') ?? 1_000) || 0, 60_000);
  const timer = setTimeout(() => res.end(`hello from ${name}, after ${delayMs} ms\n`), delayMs);
  res.once('close', () => clearTimeout(timer));
}

/** `/stream` sends an event twice a second (Server-Sent Events), for as long as somebody listens. */
function streamTicks(name: string, _req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  let tick = 0;
  const send = (): void => void res.write(`data: tick ${++tick} from ${name}\n\n`);
  send();
  const timer = setInterval(send, 500);
  res.once('close', () => clearInterval(timer));
}

/** `/upload` says how many bytes it was sent. */
function countBytes(name: string, req: IncomingMessage, res: ServerResponse): void {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => (bytes += chunk.byteLength));
  req.once('end', () => res.end(`${name} took ${bytes} bytes\n`));
}
