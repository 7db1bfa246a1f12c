// The transport contract: interim answers, and bodies that wait for one.
import { expect } from 'vitest';
import { bytesBody } from '../../body/bytes-body.ts';
import { collect, nextTurn, type TransportCase } from './contract-setup.ts';
import { ScriptedBody } from './scripted-body.ts';

const final = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

export const interimCases: readonly TransportCase[] = [
  {
    title: 'tells of interim answers as they come, then of the final one',
    async run({ origin, send }) {
      const heard: string[] = [];
      const sent = send({
        onInformational: (status, statusText, headers) =>
          void heard.push(`${status} ${statusText} ${headers.toFlat().join('=')}`),
      });
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n');
      while (heard.length < 1) await nextTurn();
      connection.send(`HTTP/1.1 102 Processing\r\n\r\n${final}`);
      const response = await sent;
      const sink = collect(response);
      await sink.done;
      expect(heard).toEqual(['103 Early Hints Link=</a.css>', '102 Processing ']);
      expect([response.status, sink.text]).toEqual([200, 'ok']);
    },
  },
  {
    title: 'goes on without a word when the origin says 100 to a request that waits for none',
    async run({ origin, send }) {
      const heard: number[] = [];
      const sent = send({ onInformational: (status) => void heard.push(status) });
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send(`HTTP/1.1 100 Continue\r\n\r\n${final}`);
      await collect(await sent).done;
      expect(heard).toEqual([]);
    },
  },
  {
    title: 'interim answers have a limit',
    async run({ origin, send }) {
      const sent = send();
      const connection = await origin.accept();
      await connection.nextHead();
      const interim = `HTTP/1.1 103 Early Hints\r\nX: ${'x'.repeat(1_000)}\r\n\r\n`;
      for (let count = 0; count < 300; count++) connection.send(interim);
      await expect(sent).rejects.toMatchObject({ code: 'SLUICE_RESPONSE_INVALID' });
      await connection.untilClosed();
    },
  },
  {
    title: 'holds a body back until the origin says 100',
    async run({ origin, send }) {
      const body = new ScriptedBody(4);
      const heard: number[] = [];
      const sent = send({
        method: 'POST',
        body,
        expectContinue: true,
        onInformational: (status) => void heard.push(status),
      });
      const connection = await origin.accept();
      expect(await connection.nextHead()).toMatch(/\r\nexpect: 100-continue\r\n/i);
      await nextTurn();
      expect([body.started, heard]).toEqual([false, []]);
      connection.send('HTTP/1.1 100 Continue\r\n\r\n');
      await body.send(Buffer.from('body'));
      await body.end();
      await connection.until(() => connection.received === 'body');
      connection.send(final);
      await collect(await sent).done;
      expect(heard).toEqual([100]);
    },
  },
  {
    title: 'never sends a body that the origin refuses, and does not use the connection again',
    async run({ origin, send }) {
      const body = new ScriptedBody(4);
      const sent = send({ method: 'POST', body, expectContinue: true });
      const connection = await origin.accept();
      await connection.nextHead();
      connection.send('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno');
      const response = await sent;
      const sink = collect(response);
      await sink.done;
      expect([response.status, sink.text, body.isCancelled]).toEqual([417, 'no', true]);
      await connection.untilClosed();
      expect(connection.received).toBe('');
    },
  },
  {
    title: 'sends a body to an origin that ignores Expect, and tells the client to go on',
    async run({ origin, send }) {
      const heard: number[] = [];
      const onInformational = (status: number): void => void heard.push(status);
      const sent = send({ method: 'POST', body: bytesBody('body'), expectContinue: true, onInformational });
      const connection = await origin.accept();
      await connection.nextHead();
      await connection.until(() => connection.received === 'body');
      connection.send(final);
      await collect(await sent).done;
      expect(heard).toEqual([100]);
    },
  },
  {
    title: 'keeps a body that was held back whole when the connection dies',
    async run({ origin, send }) {
      const body = new ScriptedBody(4);
      const sent = send({ method: 'POST', body, expectContinue: true });
      const connection = await origin.accept();
      await connection.nextHead();
      connection.reset();
      await expect(sent).rejects.toMatchObject({ code: 'SLUICE_SEND_FAILED' });
      expect(body.started).toBe(false);
    },
  },
];
