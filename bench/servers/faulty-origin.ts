// What stands behind the proxies when things go wrong: an ordinary node:http server that misbehaves as it is told, and counts what reaches it.
import { createServer, type ServerResponse } from 'node:http';
import { port } from './job.ts';

const slowMs = 1_500;
const body = '0123456789'.repeat(20);
let mood = 'fine';
let seen = 0;
let isClosing = false;

const moods: Readonly<Record<string, (res: ServerResponse) => void>> = {
  fine: (res) => void res.end(body),
  slow: (res) => void setTimeout(() => res.end(body), slowMs),
  reset: (res) => void res.socket?.resetAndDestroy(),
  error: (res) => void res.writeHead(500).end('something is wrong'),
  garbage: (res) => void res.socket?.end('Guru Meditation #00000025\r\n\r\n'),
};

const server = createServer((req, res) => {
  const { url = '/' } = req;
  if (url.startsWith('/control/')) res.end(control(url));
  else {
    if (url !== '/healthz') seen++;
    req.resume().on('end', () => {
      if (isClosing) res.shouldKeepAlive = false;
      moods[mood]?.(res);
    });
  }
});

/** @returns how many requests have come */
function control(url: string): string {
  const wanted = url.slice('/control/'.length);
  if (wanted in moods) mood = wanted;
  return String(seen);
}

server.listen(port, '127.0.0.1');
// An orderly end, as of any service that is deployed anew: no new connections, idle ones close at once, busy ones after their answer.
process.once('SIGTERM', () => {
  isClosing = true;
  server.close(() => process.exit());
});
