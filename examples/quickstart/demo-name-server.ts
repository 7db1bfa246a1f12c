// A DNS server to play with, over UDP and TCP: it knows one answer to everything, which is its own address.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Starts it on one of the loopback addresses. It does not keep the process alive. @returns its address and port */
export async function startDemoNameServer(host: string): Promise<string> {
  // The body of a query is its question, which the answer repeats.
  const answer = (query: Buffer): Buffer => {
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    const end = query.indexOf(0, 12) + 5;
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...host.split('.').map(Number)]);
    return Buffer.concat([header, query.subarray(12, end), record]);
  };
  const streams = createServer((socket) => {
    // Over TCP each message has its length before it. This server is content if a query comes in one piece.
    socket.on('data', (bytes) => {
      const reply = answer(bytes.subarray(2));
      socket.write(Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 0xff]), reply]));
    });
    socket.on('error', () => {});
  });
  await once(streams.listen(0, host).unref(), 'listening');
  const { port } = streams.address() as { port: number };
  const datagrams = createSocket('udp4', (query, { port: client, address }) =>
    datagrams.send(answer(query), client, address),
  );
  await once(datagrams.bind(port, host).unref(), 'listening');
  return `${host}:${port}`;
}
