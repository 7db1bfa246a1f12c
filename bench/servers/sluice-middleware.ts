import { createProxy } from '@sluice/http';
import express from 'express';
import { createServer } from 'node:http';
import { front, origins, port } from './job.ts';

const proxy = createProxy({ to: origins });
if (front === 'express') express().use(proxy).listen(port, '127.0.0.1');
else createServer(proxy).listen(port, '127.0.0.1');
