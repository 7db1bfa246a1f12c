import { createProxy } from '@sluice/http';
import { front, origins, port, tls } from './job.ts';

const proxy = createProxy({ to: origins });
await proxy.listen({ port, front: front === 'node' ? 'node' : 'wire', ...(tls === undefined ? {} : { tls }) });
