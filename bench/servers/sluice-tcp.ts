import { createTcpProxy } from '@sluice/l4';
import { origins, port } from './job.ts';

await createTcpProxy({ to: origins }).listen(port);
