import { createUdpProxy } from '@sluice/l4';
import { fresh, origins, port } from './job.ts';

const proxy = createUdpProxy({ to: origins, ...(fresh && { requestsPerSession: 1, repliesPerRequest: 1 }) });
await proxy.listen(port);
