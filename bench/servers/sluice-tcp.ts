import { createUpstream } from '@sluice/core';
import { createTcpProxy, sniRoutes } from '@sluice/l4';
import { origins, port, tls } from './job.ts';

const origin = createUpstream({ endpoints: origins });
const other = createUpstream({ endpoints: ['127.0.0.1:9'] });
const byName = sniRoutes({ 'shop.example': other }, { default: origin });

await createTcpProxy(tls === undefined ? { upstream: origin } : { route: byName }).listen(port);
