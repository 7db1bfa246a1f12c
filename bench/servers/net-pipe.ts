import { connect, createServer } from 'node:net';
import { nextOrigin, port } from './job.ts';

createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const { hostname, port: target } = new URL(nextOrigin());
  const origin = connect({ host: hostname, port: Number(target), allowHalfOpen: true, noDelay: true });
  client.on('error', () => origin.destroy()).pipe(origin);
  origin.on('error', () => client.destroy()).pipe(client);
}).listen(port, '127.0.0.1');
