import { createProxy } from '@sluice/http';
import express from 'express';
import { origins, port } from './job.ts';

express()
  .use(createProxy({ to: origins }))
  .listen(port, '127.0.0.1');
