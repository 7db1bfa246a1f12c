// A proxy as Express middleware, behind a body parser that has already read the request.

import { createProxy } from '@sluice/http';
import express, { type ErrorRequestHandler } from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startDemoOrigin } from './quickstart/demo-origin.ts';

const origin = await startDemoOrigin('the-origin');

// With passErrors, what goes wrong before the response begins goes to Express's error handler. Without, the proxy answers it.
const proxy = createProxy({ to: origin.url, passErrors: true });

const app = express();
app.use(express.json());
app.get('/health', (_req, res) => void res.send('fine\n'));
// The parser has eaten the body; the proxy makes it again from req.body. Express takes `/api` off the path: the origin sees `/upload`.
app.use('/api', proxy);

const onError: ErrorRequestHandler = (error: Error & { code?: string }, _req, res, _next) => {
  res.status(502).json({ code: error.code });
};
app.use(onError);

const server = createServer(app);
await once(server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1'), 'listening');
const { port } = server.address() as AddressInfo;
console.log(`listening on http://127.0.0.1:${port}`);
console.log(`try: curl --json '{"hello":"world"}' http://127.0.0.1:${port}/api/upload`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
server.close();
await proxy.drain(5_000);
await origin.kill();
