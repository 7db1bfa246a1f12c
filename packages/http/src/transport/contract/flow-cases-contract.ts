// The transport contract: backpressure both ways, early answers, and time limits. No case looks at how long something took.
import { expect } from 'vitest';
import { CollectingSink } from './collecting-sink.ts';
import { collect, nextTurn, type TransportCase } from './contract-setup.ts';
import type { OriginConnection } from './raw-origin.ts';
import { ScriptedBody } from './scripted-body.ts';

const mebibyte = 1024 * 1024;
const shortMs = 60;

/** Sends until the socket's buffers and everything behind them are full. @returns how many bytes went away */
async function fillUp(connection: OriginConnection, total: number): Promise<number> {
  const piece = Buffer.alloc(mebibyte, 0x61);
  let written = 0;
  for (let idle = 0; written < total && idle < 50;) {
    if (connection.socket.writableLength < mebibyte) {
      connection.socket.write(piece);
      written += piece.length;
      idle = 0;
    } else idle++;
    await nextTurn();
  }
  return written;
}

export const flowCases: readonly TransportCase[] = [
  {
    title: 'stops reading while the receiver is busy, and loses nothing',
    async run({ origin, send }) {
      const total = 64 * mebibyte;
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      const sink = collect(await sent, new CollectingSink('held'));
      const written = await fillUp(connection, total);
      expect(written).toBeLessThan(total);
      sink.release();
      for (let rest = total - written; rest > 0; rest -= mebibyte) connection.socket.write(Buffer.alloc(mebibyte));
      await sink.done;
      expect(sink.byteLength).toBe(total);
    },
  },
  {
    title: 'stops reading a body that nobody has asked for yet',
    async run({ origin, send }) {
      const total = 64 * mebibyte;
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      const response = await sent;
      expect(await fillUp(connection, total)).toBeLessThan(total);
      response.body.cancel(undefined);
      await connection.untilClosed();
    },
  },
  {
    title: 'takes no more of a request body than the origin does',
    async run({ origin, send }) {
      const body = new ScriptedBody();
      const sent = send({ method: 'PUT', body });
      const connection = await origin.accept();
      connection.socket.pause();
      const piece = Buffer.alloc(mebibyte);
      let isOver = false;
      const sending = (async () => {
        for (let count = 0; count < 64; count++) await body.send(piece);
        await body.end();
        isOver = true;
      })();
      let before = -1;
      while (before !== body.takenBytes) {
        before = body.takenBytes;
        for (let turn = 0; turn < 20; turn++) await nextTurn();
      }
      expect(isOver).toBe(false);
      connection.keeps = false;
      connection.socket.resume();
      await sending;
      await connection.until(() => connection.receivedBytes > 64 * mebibyte);
      connection.finish('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
      expect((await sent).status).toBe(204);
    },
  },
  {
    title: 'relays an early answer and goes on sending the request',
    async run({ origin, send }) {
      const body = new ScriptedBody();
      const sent = send({ method: 'POST', body });
      const connection = await Promise.all([origin.accept(), body.send(Buffer.from('one'))]).then(([first]) => first);
      await connection.untilReceived('one');
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nearl');
      const sink = collect(await sent);
      await body.send(Buffer.from('two'));
      await body.end();
      await connection.untilReceived('3\r\ntwo\r\n0\r\n\r\n');
      connection.send('iest');
      await sink.done;
      expect(sink.text).toBe('earliest');
    },
  },
  {
    title: 'gives up a request that is answered in full before it is sent',
    async run({ origin, send }) {
      const body = new ScriptedBody();
      const sent = send({ method: 'POST', body });
      const connection = await Promise.all([origin.accept(), body.send(Buffer.from('one'))]).then(([first]) => first);
      await connection.untilReceived('one');
      connection.send('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno');
      const response = await sent;
      const sink = collect(response);
      await sink.done;
      expect([response.status, sink.text]).toEqual([413, 'no']);
      await body.until(() => body.isCancelled);
      await connection.untilClosed();
    },
  },
  {
    title: 'limits the time to connect',
    async run({ origin, send, endpoint }) {
      const sent = send({ endpoint: endpoint('https') }, { connectMs: shortMs });
      const connection = await origin.accept();
      await expect(sent).rejects.toMatchObject({ code: 'SLUICE_CONNECT_TIMEOUT', retry: 'safe' });
      expect(connection.receivedBytes).toBeGreaterThan(0);
    },
  },
  {
    title: 'limits the time to the head of an answer',
    async run({ origin, send }) {
      const sent = send({}, { responseHeadMs: shortMs });
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 200 OK\r\nA: ');
      await expect(sent).rejects.toMatchObject({ code: 'SLUICE_RESPONSE_TIMEOUT', source: 'upstream' });
      await connection.untilClosed();
    },
  },
  {
    title: 'limits the time between pieces of an answer, while the receiver waits for them',
    async run({ origin, send }) {
      const sent = send({}, { responseBodyIdleMs: shortMs });
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
      const sink = collect(await sent);
      await expect(sink.done).rejects.toMatchObject({ code: 'SLUICE_RESPONSE_STALLED', source: 'upstream' });
      await connection.untilClosed();
    },
  },
  {
    title: 'does not blame the origin for a receiver that is slow',
    async run({ origin, send }) {
      const sent = send({}, { responseBodyIdleMs: shortMs });
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello');
      const sink = new CollectingSink('held');
      collect(await sent, sink);
      // Other requests run into the limit meanwhile.
      for (let count = 0; count < 3; count++) await send({}, { responseHeadMs: shortMs }).catch(() => {});
      sink.release();
      connection.send('world');
      await sink.done;
      expect(sink.text).toBe('helloworld');
    },
  },
  {
    title: 'does not blame an origin that takes no more of a request before its answer is read',
    async run({ origin, send }) {
      const total = 32 * mebibyte;
      const body = new ScriptedBody();
      const sent = send({ method: 'POST', body }, { requestBodyIdleMs: 5 * shortMs });
      const sending = (async () => {
        for (let count = 0; count < 32; count++) await body.send(Buffer.alloc(mebibyte));
        await body.end();
      })();
      const connection = await origin.accept();
      await connection.nextHead();
      connection.socket.pause();
      connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
      const sink = collect(await sent, new CollectingSink('held'));
      const written = await fillUp(connection, total);
      // Another request runs into a longer limit meanwhile.
      await send({}, { responseHeadMs: 7 * shortMs }).catch(() => {});
      expect(body.isCancelled).toBe(false);
      sink.release();
      connection.keeps = false;
      connection.socket.resume();
      await sending;
      for (let rest = total - written; rest > 0; rest -= mebibyte) connection.socket.write(Buffer.alloc(mebibyte));
      await sink.done;
      expect(sink.byteLength).toBe(total);
    },
  },
  {
    title: 'limits the time between pieces of a request, and blames the client',
    async run({ origin, send }) {
      const body = new ScriptedBody();
      const sent = send({ method: 'POST', body }, { requestBodyIdleMs: shortMs, responseHeadMs: 1 });
      const connection = await Promise.all([origin.accept(), body.send(Buffer.from('half'))]).then(([first]) => first);
      await connection.untilReceived('half');
      await expect(sent).rejects.toMatchObject({ code: 'SLUICE_REQUEST_TIMEOUT', source: 'downstream' });
      await connection.untilClosed();
      expect(body.isCancelled).toBe(true);
    },
  },
  {
    title: 'limits the time that an origin takes nothing of a request, and blames the origin',
    async run({ origin, send }) {
      const body = new ScriptedBody();
      const sent = send({ method: 'POST', body }, { requestBodyIdleMs: shortMs });
      const connection = await origin.accept();
      connection.socket.pause();
      void (async () => {
        while (!body.isCancelled) await body.send(Buffer.alloc(mebibyte));
      })();
      await expect(sent).rejects.toMatchObject({ code: 'SLUICE_SEND_FAILED', source: 'upstream' });
      await body.until(() => body.isCancelled);
    },
  },
];
