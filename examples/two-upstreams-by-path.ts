// Two upstreams behind one proxy: a few lines of middleware choose by path, and take the prefix off.

import { createUpstream } from '@sluice/core';
import { createProxy, type Middleware } from '@sluice/http';
import { once } from 'node:events';
import { startDemoOrigin } from './quickstart/demo-origin.ts';

const pagesOrigin = await startDemoOrigin('pages');
const apiOrigin = await startDemoOrigin('api');

// An upstream of its own: its balancer, limits and health are apart from those of the pages.
const api = createUpstream({ name: 'api', endpoints: [apiOrigin.url], balancer: 'least-requests' });

const apiByPath: Middleware = (exchange, next) => {
  const { request } = exchange;
  if (request.target.startsWith('/api/')) {
    exchange.upstream = api;
    request.target = request.target.slice('/api'.length);
  }
  return next();
};

const proxy = createProxy({ to: pagesOrigin.url, middleware: [apiByPath] });

const { url } = await proxy.listen(Number(process.env['PORT'] ?? 8080));
console.log(`listening on ${url}`);
console.log(`try: curl ${url}/ and curl ${url}/api/users`);

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await proxy.drain(5_000);
await api.close(); // made here, so closed here
await Promise.all([pagesOrigin.kill(), apiOrigin.kill()]);
