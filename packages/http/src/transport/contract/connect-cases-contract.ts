// The transport contract: CONNECT, whose success is a tunnel.
import { once } from 'node:events';
import { expect } from 'vitest';
import { createHeaderList } from '../../headers/header-list.ts';
import type { OutgoingRequest } from '../transport.ts';
import { nextTurn, type TransportCase } from './contract-setup.ts';

function request(): Partial<OutgoingRequest> {
  const headers = createHeaderList(['Host', 'db.example:5432']);
  return { method: 'CONNECT', target: 'db.example:5432', headers, mayResend: false };
}

export const connectCases: readonly TransportCase[] = [
  {
    title: 'asks for a tunnel in authority form, and hands over the connection with the bytes behind any success',
    async run({ origin, send, transport }) {
      for (const head of ['200 OK\r\nContent-Length: 3', '204 No Content\r\nTransfer-Encoding: chunked']) {
        const sent = send(request());
        const connection = await origin.accept();
        expect(await connection.nextHead()).toMatch(
          /^CONNECT db\.example:5432 HTTP\/1\.1\r\nHost: db\.example:5432\r\n/i,
        );
        expect(connection.received).not.toMatch(/content-length|transfer-encoding/i);
        connection.send(`HTTP/1.1 ${head}\r\nX-Tag: 1\r\n\r\nhello`);
        const { headers, tunnel } = await sent;
        expect(headers.get('x-tag')).toBe('1');
        if (tunnel === undefined) throw new Error('no tunnel');
        if (tunnel.head.length > 0) tunnel.socket.unshift(tunnel.head);
        const reading = once(tunnel.socket, 'data');
        tunnel.socket.resume();
        const [first] = (await reading) as Buffer[];
        expect(first?.toString()).toBe('hello');
        tunnel.socket.write('echo');
        await connection.untilReceived('echo');
        tunnel.socket.destroy();
        await connection.untilClosed();
      }
      await nextTurn();
      expect(transport.stats()).toMatchObject({ openConnections: 0, idleConnections: 0 });
    },
  },
  {
    title: 'relays the refusal of a tunnel',
    async run({ exchange }) {
      const [response] = await exchange(
        'HTTP/1.1 403 Forbidden\r\nX-Why: list\r\nContent-Length: 2\r\n\r\nno',
        request(),
      );
      expect([response.status, response.headers.get('x-why'), response.tunnel]).toEqual([403, 'list', undefined]);
    },
  },
  {
    title: 'relays the refusal of a tunnel with its content',
    async run({ exchange }) {
      const [, sink] = await exchange('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno', request());
      expect(sink.text).toBe('no');
    },
  },
  {
    title: 'takes a switch of protocols for no answer to CONNECT',
    async run({ origin, send }) {
      const sent = send(request());
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n');
      await expect(sent).rejects.toMatchObject({ code: 'SLUICE_RESPONSE_INVALID' });
      await connection.untilClosed();
    },
  },
];
