// The transport contract: whoever wants a request no more ends it at once, in each of its phases.
import { createAbortScope } from '@sluice/core';
import { expect } from 'vitest';
import { httpError } from '../../errors.ts';
import { CollectingSink } from './collecting-sink.ts';
import { collect, nextTurn, type TransportCase } from './contract-setup.ts';
import { ScriptedBody } from './scripted-body.ts';

const gone = httpError('SLUICE_CLIENT_ABORTED', 'the client is gone');

export const abortCases: readonly TransportCase[] = [
  {
    title: 'abort before a request is sent',
    async run({ origin, send }) {
      const scope = createAbortScope();
      scope.abort(gone);
      await expect(send({ scope })).rejects.toBe(gone);
      await nextTurn();
      expect(origin.connections.map(({ received }) => received).join('')).toBe('');
    },
  },
  {
    title: 'abort before a request is sent on a kept connection',
    async run({ origin, exchange, send }) {
      await exchange('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      const scope = createAbortScope();
      scope.abort(gone);
      await expect(send({ scope })).rejects.toBe(gone);
      await nextTurn();
      expect(origin.connections[0]?.received).toBe('');
    },
  },
  {
    title: 'abort while connecting',
    async run({ origin, send, endpoint }) {
      const scope = createAbortScope();
      const sent = send({ scope, endpoint: endpoint('https') });
      await origin.accept();
      scope.abort(gone);
      await expect(sent).rejects.toBe(gone);
    },
  },
  {
    title: 'abort while waiting for the head',
    async run({ origin, send }) {
      const scope = createAbortScope();
      const sent = send({ scope });
      const connection = await origin.accept();
      await connection.nextHead();
      scope.abort(gone);
      await expect(sent).rejects.toBe(gone);
      await connection.untilClosed();
      expect(origin.connections).toHaveLength(1);
    },
  },
  {
    title: 'abort inside the head, with a reason that is no error',
    async run({ origin, send }) {
      const scope = createAbortScope();
      const sent = send({ scope });
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 200 OK\r\nA: ');
      await nextTurn();
      scope.abort('because');
      await expect(sent).rejects.toBe('because');
      await connection.untilClosed();
    },
  },
  {
    title: 'abort while the request body is sent',
    async run({ origin, send }) {
      const scope = createAbortScope();
      const body = new ScriptedBody();
      const sent = send({ scope, method: 'POST', body });
      const connection = await Promise.all([origin.accept(), body.send(Buffer.from('half'))]).then(([one]) => one);
      await connection.untilReceived('half');
      scope.abort(gone);
      await expect(sent).rejects.toBe(gone);
      await connection.untilClosed();
      await body.until(() => body.isCancelled);
      expect(connection.received).not.toContain('0\r\n\r\n');
    },
  },
  {
    title: 'abort while the response body is read',
    async run({ origin, send }) {
      for (const pace of ['quick', 'held'] as const) {
        const scope = createAbortScope();
        const sent = send({ scope });
        const connection = await origin.accept();
        await connection.nextHead();
        connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
        const sink = collect(await sent, new CollectingSink(pace));
        scope.abort(gone);
        await expect(sink.done).rejects.toBe(gone);
        await connection.untilClosed();
      }
    },
  },
  {
    title: 'abort before the response body is read',
    async run({ origin, send }) {
      const scope = createAbortScope();
      const sent = send({ scope });
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
      const response = await sent;
      scope.abort(gone);
      await connection.untilClosed();
      await expect(collect(response).done).rejects.toBe(gone);
    },
  },
  {
    title: 'abort after the end changes nothing',
    async run({ origin, exchange, exchangeOn }) {
      const scope = createAbortScope();
      const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
      await exchange(ok, { scope });
      scope.abort(gone);
      const [connection] = origin.connections;
      if (connection === undefined) throw new Error('no connection');
      expect(await exchangeOn(connection, ok)).toBe('ok');
    },
  },
];
