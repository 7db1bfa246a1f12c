import { createProxy } from '@sluice/http';
import { createServer } from 'node:http';
import { origins, port } from './job.ts';

createServer(createProxy({ to: origins })).listen(port, '127.0.0.1');
