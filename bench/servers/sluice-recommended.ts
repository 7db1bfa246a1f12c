import { createProxy } from '@sluice/http';
import { resilient } from '../faults/recommended.ts';
import { origins, port } from './job.ts';

const proxy = createProxy(resilient(origins));
await proxy.listen({ port });
