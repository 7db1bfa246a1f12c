// The transport contract: which connections are kept, used again, and closed.
import { expect } from 'vitest';
import { bytesBody } from '../../body/bytes-body.ts';
import { collect, nextTurn, type TransportCase } from './contract-setup.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export const connectionCases: readonly TransportCase[] = [
  {
    title: 'sends one request after the other on one connection',
    async run({ origin, exchange, exchangeOn, transport }) {
      await exchange(ok);
      const [connection] = origin.connections;
      if (connection === undefined) throw new Error('no connection');
      const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n';
      expect(await exchangeOn(connection, chunked)).toBe('ok');
      expect(await exchangeOn(connection, 'HTTP/1.1 204 No Content\r\n\r\n')).toBe('');
      expect(await exchangeOn(connection, ok, { method: 'POST', body: bytesBody('x') })).toBe('ok');
      expect(origin.connections).toHaveLength(1);
      expect(transport.stats()).toEqual({
        openConnections: 1,
        idleConnections: 1,
        connectionsCreated: 1,
        connectionsReused: 3,
      });
    },
  },
  {
    title: 'sends requests at the same time on connections of their own',
    async run({ origin, send, transport }) {
      const both = [send(), send()];
      const connections = [await origin.accept(), await origin.accept()];
      for (const connection of connections) {
        await connection.nextHead();
        connection.send(ok);
      }
      for (const sent of both) await collect(await sent).done;
      expect(transport.stats()).toMatchObject({ openConnections: 2, idleConnections: 2, connectionsCreated: 2 });
    },
  },
  {
    title: 'closes a connection that the origin does not keep',
    async run({ origin, exchange }) {
      for (const head of [
        'HTTP/1.1 200 OK\r\nConnection: close\r\n',
        'HTTP/1.0 200 OK\r\n',
        'HTTP/1.1 200 OK\r\nConnection: x, Close\r\n',
      ]) {
        await exchange(`${head}Content-Length: 2\r\n\r\nok`);
        await origin.connections.at(-1)?.untilClosed();
      }
      expect(origin.connections).toHaveLength(3);
    },
  },
  {
    title: 'closes a connection with bytes behind the answer, and never takes them for the next one',
    async run({ origin, exchange, send }) {
      const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
      for (const answer of [`${ok}${evil}`, `HTTP/1.1 204 No Content\r\n\r\n${evil}`]) {
        await exchange(answer);
        await origin.connections.at(-1)?.untilClosed();
      }
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send(ok);
      const sink = collect(await sent);
      await sink.done;
      expect(sink.text).toBe('ok');
    },
  },
  {
    title: 'closes an idle connection on which something comes',
    async run({ origin, exchange, send }) {
      await exchange(ok);
      const [first] = origin.connections;
      first?.send('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
      await first?.untilClosed();
      const sent = send();
      const second = await origin.accept();
      await second.nextHead();
      second.send(ok);
      await collect(await sent).done;
    },
  },
  {
    title: 'drops an idle connection that the origin closes, without a word',
    async run({ origin, exchange, send }) {
      for (const how of ['finish', 'reset'] as const) {
        await exchange(ok);
        const connection = origin.connections.at(-1);
        connection?.[how]();
        await connection?.untilClosed();
        await nextTurn();
      }
      const sent = send({ method: 'POST' });
      const third = await origin.accept();
      await third.nextHead();
      third.send(ok);
      await collect(await sent).done;
    },
  },
  {
    title: 'does not keep a connection that ended before its answer was read',
    async run({ origin, send, exchange, transport }) {
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.finish(ok);
      const response = await sent;
      // The end is there when the body is asked for; a transport that does not read ahead sees it only then.
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      const sink = collect(response);
      await sink.done;
      await connection.untilClosed();
      expect([sink.text, transport.stats().openConnections]).toEqual(['ok', 0]);
      const [second] = await exchange(ok, { method: 'POST', mayResend: false });
      expect(second.status).toBe(200);
    },
  },
  {
    title: 'sends a GET again when a kept connection dies before it answers',
    async run({ origin, exchange, send }) {
      for (const how of ['finish', 'reset'] as const) {
        await exchange(ok);
        const stale = origin.connections.at(-1);
        const sent = send({ target: '/again' });
        await stale?.untilReceived('/again');
        stale?.[how]();
        const fresh = await origin.accept();
        expect(await fresh.nextHead()).toMatch(/^GET \/again /);
        fresh.send(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok`);
        const second = collect(await sent);
        await second.done;
        expect(second.text).toBe('ok');
        await fresh.untilClosed();
      }
    },
  },
  {
    title: 'sends again only once, and only what may be sent again',
    async run({ origin, exchange, send }) {
      await exchange(ok);
      const [stale] = origin.connections;
      const once = send();
      await stale?.nextHead();
      stale?.reset();
      const fresh = await origin.accept();
      await fresh.nextHead();
      fresh.reset();
      await expect(once).rejects.toMatchObject({ code: 'SLUICE_SEND_FAILED', retry: 'if-idempotent' });
      const [, other] = await exchange(ok);
      await other.done;
      const never = send({ method: 'POST', mayResend: false });
      const kept = origin.connections.at(-1);
      await kept?.nextHead();
      kept?.reset();
      await expect(never).rejects.toMatchObject({ code: 'SLUICE_SEND_FAILED', retry: 'if-idempotent' });
      expect(origin.connections).toHaveLength(3);
    },
  },
  {
    title: 'never sends again what was answered in part',
    async run({ origin, exchange, send }) {
      await exchange(ok);
      const sent = send();
      const [kept] = origin.connections;
      await kept?.nextHead();
      kept?.finish('HTTP/1.1 2');
      await expect(sent).rejects.toMatchObject({ name: 'ProxyError' });
      await nextTurn();
      expect(origin.connections).toHaveLength(1);
    },
  },
  {
    title: 'keeps the connection of a small answer that nobody reads, and closes that of a large one',
    async run({ origin, send, exchangeOn }) {
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send(ok);
      (await sent).body.cancel(undefined);
      await nextTurn();
      expect(await exchangeOn(connection, ok)).toBe('ok');
      const second = send();
      await connection.nextHead();
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n`);
      (await second).body.cancel(undefined);
      await connection.untilClosed();
      expect(origin.connections).toHaveLength(1);
    },
  },
  {
    title: 'leaves no connection open when it is closed, and lets what is under way come to its end',
    async run({ origin, send, transport }) {
      const [done, running] = [send(), send()];
      const [first, second] = [await origin.accept(), await origin.accept()];
      await Promise.all([first.nextHead(), second.nextHead()]);
      first.send(ok);
      await collect(await done).done;
      const closed = transport.close();
      second.send(ok);
      const last = collect(await running);
      await last.done;
      await closed;
      await Promise.all(origin.connections.map((connection) => connection.untilClosed()));
      expect([last.text, origin.openCount, transport.stats().openConnections]).toEqual(['ok', 0, 0]);
      await expect(send()).rejects.toMatchObject({ code: 'SLUICE_SHUTTING_DOWN' });
    },
  },
];
