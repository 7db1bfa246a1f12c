import { createProxy } from '@sluice/http';
import { origins, port } from './job.ts';

await createProxy({ to: origins }).listen({ port, reusePort: true });
